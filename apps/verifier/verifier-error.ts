import { CodedError } from '#libs/essentials';

export type VerifierErrorCode =
  | 'FILE_UNREADABLE'
  | 'FILE_TOO_LARGE'
  | 'LOG_UNREACHABLE'
  | 'OPTION_MISSING'
  | 'OPTIONS_CONFLICT'
  | 'OUTPUT_NOT_WRITTEN'
  | 'REPLAY_EXPORT_MALFORMED'
  | 'REPLAY_EXPORT_INCOMPLETE'
  | 'FOLDER_NOT_EMPTY';

/** Something keeps the verifier from looking at all; says nothing about the certificate. */
export class VerifierError extends CodedError<VerifierErrorCode> {}
