import { CodedError } from '#libs/essentials';

export type KeyServiceErrorCode =
  | 'KEY_SERVICE_NOT_CONFIGURED'
  | 'KEY_SERVICE_UNREACHABLE'
  | 'KEY_SERVICE_CERTIFICATE_REFUSED'
  | 'KEY_SERVICE_DENIED'
  | 'KEY_SERVICE_SEALED'
  | 'KEY_SERVICE_BUSY'
  | 'KEY_SERVICE_KEY_UNKNOWN'
  | 'KEY_SERVICE_KEY_DISABLED'
  | 'KEY_SERVICE_KEY_WRONG'
  | 'KEY_SERVICE_ANSWER_MALFORMED';

/** Why a key service did not wrap or unwrap the key-encryption key. Nothing was opened; tokens and keys are never quoted. */
export class KeyServiceError extends CodedError<KeyServiceErrorCode> {}
