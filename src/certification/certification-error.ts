import { CodedError } from '#libs/essentials';

export type CertificationErrorCode =
  'CERTIFICATE_NOT_ISSUED' | 'CERTIFICATE_UNREADABLE' | 'CHECKPOINT_NOT_WITNESSED' | 'PROOFS_NOT_KEPT';

/** Why there is no certificate, or none that can be shown. */
export class CertificationError extends CodedError<CertificationErrorCode> {}

/** @returns the refusal CERTIFICATE_NOT_ISSUED */
export function notIssued(requestId: string, cause?: unknown): CertificationError {
  return new CertificationError('CERTIFICATE_NOT_ISSUED', 'the request has no certificate yet', {
    facts: { requestId },
    nextStep: 'Follow the request; the certificate is there once it is closed as completed.',
    cause,
  });
}
