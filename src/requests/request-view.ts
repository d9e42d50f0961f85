import type { LegalGround, RequestKind } from '#libs/contracts';
import type { RequestState, RequestStatus } from '#libs/erasure';

/** A request as staff see it: pseudonyms, counts and times, nothing personal. */
export interface RequestView {
  readonly requestId: string;
  readonly kind: RequestKind;
  readonly ground: LegalGround;
  readonly status: RequestStatus;
  readonly receivedAt: string;
  readonly dueAt?: string;
  readonly records?: number;
  readonly rebuildId?: string | null;
  readonly refusedBecause?: string;
  readonly certificate?: { readonly digest: string; readonly ledgerIndex: number };
  readonly closedAt?: string;
  /** The openings of the deleted records are, or were, kept for the person. */
  readonly receiptWanted?: true;
}

export function describeRequest(state: RequestState): RequestView {
  const { requestId, kind, ground, status, receivedAt } = state;
  return {
    requestId,
    kind,
    ground,
    status,
    receivedAt,
    ...('acceptedAt' in state && { dueAt: state.dueAt, records: state.labels.length }),
    ...('rebuildId' in state && { rebuildId: state.rebuildId }),
    ...('reason' in state && { refusedBecause: state.reason }),
    ...('certificateDigest' in state && {
      certificate: { digest: state.certificateDigest, ledgerIndex: state.ledgerIndex },
    }),
    ...('closedAt' in state && { closedAt: state.closedAt }),
    ...(state.receiptRecipient !== undefined && { receiptWanted: true as const }),
  };
}
