import { CodedError } from '#libs/essentials';

export type CertificationErrorCode = 'CERTIFICATE_NOT_ISSUED';

/** Why there is no certificate. */
export class CertificationError extends CodedError<CertificationErrorCode> {}
