import { CodedError } from '#libs/essentials';

export type CertificationErrorCode = 'CERTIFICATE_NOT_ISSUED' | 'CERTIFICATE_UNREADABLE';

/** Why there is no certificate, or none that can be shown. */
export class CertificationError extends CodedError<CertificationErrorCode> {}
