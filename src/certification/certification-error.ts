import { CodedError } from '#libs/essentials';

export type CertificationErrorCode = 'CERTIFICATE_NOT_ISSUED' | 'MODEL_NOT_PUBLISHED';

/** Why there is no certificate. */
export class CertificationError extends CodedError<CertificationErrorCode> {}
