import { CodedError } from '#libs/essentials';

export type ServingErrorCode =
  'SUBJECT_UNKNOWN' | 'MODEL_NOT_PUBLISHED' | 'MODEL_QUARANTINED' | 'K_OUT_OF_RANGE';

/** Why nothing can be recommended. */
export class ServingError extends CodedError<ServingErrorCode> {}
