import { CodedError } from '#libs/essentials';

export type CertificateErrorCode =
  | 'DOCUMENT_NOT_JSON'
  | 'DOCUMENT_TOO_LARGE'
  | 'FIELD_MISSING'
  | 'FIELD_UNKNOWN'
  | 'FIELD_INVALID'
  | 'ENTRY_KIND_UNKNOWN'
  | 'PUBLIC_KEY_MALFORMED'
  | 'PEM_MALFORMED';

/** A statement, bundle, key file or trusted root that is not what it should be. The field is named in `facts.field`. */
export class CertificateError extends CodedError<CertificateErrorCode> {}
