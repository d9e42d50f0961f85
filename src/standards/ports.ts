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
