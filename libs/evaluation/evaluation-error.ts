import { CodedError } from '#libs/essentials';

export type EvaluationErrorCode =
  | 'SPLIT_UNKNOWN'
  | 'SPLIT_NOT_GIVEN'
  | 'SPLIT_ORDER_UNKNOWN'
  | 'SPLIT_PART_UNKNOWN'
  | 'CATALOGUE_EMPTY'
  | 'NOBODY_TO_TEST'
  | 'SHARDS_MORE_THAN_PEOPLE'
  | 'BASELINE_UNKNOWN'
  | 'CUTOFF_OUT_OF_RANGE'
  | 'GRID_UNKNOWN'
  | 'DATA_FILE_MISSING'
  | 'STREAM_EMPTY'
  | 'PROFILES_MISSING'
  | 'RANKING_WORKER_NOT_BUILT';

/** What stops an evaluation, most of it before any training starts. */
export class EvaluationError extends CodedError<EvaluationErrorCode> {}
