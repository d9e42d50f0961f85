import type { LegalGround, RequestEvent, RequestKind, Sealed } from '#libs/contracts';
import { assertNever } from '#libs/essentials';
import { ErasureError } from './erasure-error.js';

interface Submission {
  readonly requestId: string;
  readonly subject: string;
  readonly kind: RequestKind;
  readonly ground: LegalGround;
  readonly scope: Sealed | undefined;
  /** Present when a receipt was asked for. */
  readonly receiptRecipient?: Sealed;
  readonly receivedAt: string;
}

interface Acceptance extends Submission {
  readonly acceptedAt: string;
  readonly dueAt: string;
  readonly labels: readonly string[];
  readonly coarseLabels: readonly string[];
}

interface Assignment extends Acceptance {
  /** null when no published model ever saw the records. */
  readonly rebuildId: string | null;
}

interface Erasure extends Assignment {
  readonly kept: number;
  readonly generation: number | null;
  readonly tombstonedStreams: readonly string[];
  readonly erasedAt: string;
}

interface KeyDestruction extends Erasure {
  readonly keys: readonly string[];
  readonly destroyedAt: string;
}

interface Certification extends KeyDestruction {
  readonly certificateDigest: string;
  readonly ledgerIndex: number;
  readonly issuedAt: string;
}

/** A request, by how far it has come; a status that is not reached has no facts. */
export type RequestState =
  | ({ readonly status: 'submitted' } & Submission)
  | ({ readonly status: 'verified' } & Submission)
  | ({ readonly status: 'refused'; readonly reason: string } & Submission)
  | ({ readonly status: 'accepted' } & Acceptance)
  | ({ readonly status: 'quarantined' } & Acceptance)
  | ({ readonly status: 'assigned' } & Assignment)
  | ({ readonly status: 'erased' } & Erasure)
  | ({ readonly status: 'shredded' } & KeyDestruction)
  | ({ readonly status: 'certified' } & Certification)
  | ({ readonly status: 'closed'; readonly closedAt: string } & Certification)
  | ({ readonly status: 'closed-refused'; readonly reason: string; readonly closedAt: string } & Submission);

export type RequestStatus = RequestState['status'];
export type RequestIn<Status extends RequestStatus> = Extract<RequestState, { status: Status }>;

/** What the process manager does next with a request; undefined when nothing is left. */
export type RequestStep =
  'verify' | 'accept' | 'quarantine' | 'assign' | 'erase' | 'destroy-keys' | 'certify' | 'close';

/**
 * Folds one event into a request's state. Never throws and reads no clock; an event out of turn leaves the state as it is, so
 * that a repeated delivery changes nothing.
 */
export function evolveRequest(
  state: RequestState | undefined,
  event: RequestEvent,
): RequestState | undefined {
  switch (event.type) {
    case 'RequestSubmitted': {
      const { requestId, subject, kind, ground, scope, receiptRecipient, receivedAt } = event.data;
      const receipt = receiptRecipient !== undefined && { receiptRecipient };
      return (
        state ?? { status: 'submitted', requestId, subject, kind, ground, scope, ...receipt, receivedAt }
      );
    }
    case 'IdentityVerified':
      return state?.status === 'submitted' ? { ...state, status: 'verified' } : state;
    case 'RequestAccepted':
      if (state?.status !== 'verified') return state;
      return {
        ...state,
        status: 'accepted',
        acceptedAt: event.data.acceptedAt,
        dueAt: event.data.dueAt,
        labels: event.data.labels,
        coarseLabels: event.data.coarseLabels,
      };
    case 'RequestRefused':
      return state?.status === 'verified'
        ? { ...state, status: 'refused', reason: event.data.reason }
        : state;
    case 'RecordsQuarantined':
      // An erasure may find more records than were there when it was accepted.
      return state?.status === 'accepted'
        ? { ...state, status: 'quarantined', labels: event.data.labels }
        : state;
    case 'RebuildAssigned':
      // Assigned anew when the rebuild came to nothing.
      return state?.status === 'quarantined' || state?.status === 'assigned'
        ? { ...state, status: 'assigned', rebuildId: event.data.rebuildId }
        : state;
    case 'RecordsErased': {
      if (state?.status !== 'assigned') return state;
      const { kept, generation, tombstonedStreams, erasedAt } = event.data;
      return { ...state, status: 'erased', kept, generation, tombstonedStreams, erasedAt };
    }
    case 'KeyDestroyed':
      return state?.status === 'erased'
        ? { ...state, status: 'shredded', keys: event.data.keys, destroyedAt: event.data.destroyedAt }
        : state;
    case 'CertificateIssued': {
      if (state?.status !== 'shredded') return state;
      const { certificateDigest, ledgerIndex, issuedAt } = event.data;
      return { ...state, status: 'certified', certificateDigest, ledgerIndex, issuedAt };
    }
    case 'RequestClosed':
      return closed(state, event.data.closedAt);
    default:
      return assertNever(event);
  }
}

function closed(state: RequestState | undefined, closedAt: string): RequestState | undefined {
  if (state?.status === 'certified') return { ...state, status: 'closed', closedAt };
  if (state?.status === 'refused') return { ...state, status: 'closed-refused', closedAt };
  return state;
}

export function nextStep(state: RequestState): RequestStep | undefined {
  switch (state.status) {
    case 'submitted':
      return 'verify';
    case 'verified':
      return 'accept';
    case 'accepted':
      return 'quarantine';
    case 'quarantined':
      return 'assign';
    case 'assigned':
      return 'erase';
    case 'erased':
      return 'destroy-keys';
    case 'shredded':
      return 'certify';
    case 'certified':
    case 'refused':
      return 'close';
    case 'closed':
    case 'closed-refused':
      return undefined;
    default:
      return assertNever(state);
  }
}

/** Narrows a state to the status a step needs. @throws ErasureError with the code that names what is missing. */
export function requireStatus<Status extends RequestStatus>(
  state: RequestState,
  status: Status,
): RequestIn<Status> {
  if (state.status !== status)
    throw new ErasureError(
      status === 'verified' ? 'REQUEST_NOT_VERIFIED' : 'REQUEST_NOT_SUBMITTED',
      `the request is ${state.status}, not ${status}`,
      {
        facts: { requestId: state.requestId, status: state.status },
      },
    );
  return state as RequestIn<Status>;
}
