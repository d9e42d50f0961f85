import { CodedError } from '#libs/essentials';

export type AgeErrorCode =
  | 'RECIPIENT_NOT_X25519'
  | 'IDENTITY_MALFORMED'
  | 'AGE_FILE_OF_ANOTHER'
  | 'AGE_PASSPHRASE_WRONG'
  | 'AGE_FILE_MALFORMED';

/** A key or a file in the age format that is not what it should be. Keys are never quoted. */
export class AgeError extends CodedError<AgeErrorCode> {}
