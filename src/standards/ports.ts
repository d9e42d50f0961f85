import type { RequestKind } from '#libs/contracts';
import type { RequestState } from '#libs/erasure';

/** A request as a protocol files it: its sender has made sure who asks. */
export interface ProtocolFiling {
  readonly requestId: string;
  readonly kind: Extract<RequestKind, 'access' | 'portability' | 'erasure'>;
  /** Pseudonym. */
  readonly subject: string;
  readonly channel: 'opendsr' | 'drp';
  readonly identity: 'controller-attested' | 'agent-attested';
  readonly regime: 'gdpr' | 'ccpa';
}

/** The domain, as far as protocols use it. */
export interface ProtocolRequests {
  /** Repeating it changes nothing. @throws ErasureError REQUEST_ID_REUSED */
  file(filing: ProtocolFiling): Promise<RequestState>;
  find(requestId: string): RequestState | undefined;
  /** @throws ErasureError where it is too late */
  cancel(requestId: string): Promise<RequestState>;
  /** The pseudonym of the person behind an id or a mail address. */
  subjectBehind(id: string): string | undefined;
}

export const EXPORT_FORMATS = ['json', 'csv'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** What is held about the person of an answered request. */
export interface ProtocolExports {
  /** Until when it can be fetched, in milliseconds since the epoch; undefined when it cannot. */
  keptUntil(state: RequestState): number | undefined;
  /** @throws ErasureError EXPORT_NOT_KEPT */
  read(state: RequestState, format: ExportFormat): Promise<Uint8Array>;
}
