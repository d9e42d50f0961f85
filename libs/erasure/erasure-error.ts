import { CodedError } from '#libs/essentials';

export type ErasureErrorCode =
  | 'REQUEST_UNKNOWN'
  | 'REQUEST_ID_REUSED'
  | 'REQUEST_NOT_SUBMITTED'
  | 'REQUEST_NOT_VERIFIED'
  | 'SCOPE_EMPTY'
  | 'SCOPE_PERIOD_REVERSED'
  | 'SCOPE_LABEL_MALFORMED'
  | 'SUBJECT_UNKNOWN'
  | 'SUBJECT_ALREADY_ERASED'
  | 'NO_RECORD_IN_SCOPE'
  | 'RECEIPT_NOT_KEPT'
  | 'REBUILD_NOT_PLANNED'
  | 'REBUILD_INCOMPLETE';

/** Why a request cannot go on. */
export class ErasureError extends CodedError<ErasureErrorCode> {}
