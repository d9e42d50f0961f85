import { CodedError } from '#libs/essentials';

export type CertificationErrorCode =
  | 'CERTIFICATE_NOT_ISSUED'
  | 'CERTIFICATE_UNREADABLE'
  | 'CHECKPOINT_NOT_WITNESSED'
  | 'PROOFS_NOT_KEPT'
  | 'ABSENCE_NO_LABELS'
  | 'ABSENCE_NO_VERSION'
  | 'ABSENCE_VERSION_UNKNOWN'
  | 'ABSENCE_MAP_LOST'
  | 'ABSENCE_TOO_LARGE'
  | 'STATEMENT_NOT_KEPT';

/** Why there is no certificate or proof, or none that can be shown. */
export class CertificationError extends CodedError<CertificationErrorCode> {}

/** @returns the refusal CERTIFICATE_NOT_ISSUED */
export function notIssued(requestId: string, cause?: unknown): CertificationError {
  return new CertificationError('CERTIFICATE_NOT_ISSUED', 'the request has no certificate yet', {
    facts: { requestId },
    nextStep: 'Follow the request; the certificate is there once it is closed as completed.',
    cause,
  });
}
