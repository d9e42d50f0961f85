import { CodedError } from '#libs/essentials';

export type UnlearningErrorCode =
  | 'LINE_UNKNOWN'
  | 'LINE_EXISTS'
  | 'PARTITION_BASELINE_ONLY'
  | 'LINE_NOT_TRAINED'
  | 'GENESIS_MISMATCH'
  | 'CATALOGUE_EMPTY'
  | 'SHARDS_MORE_THAN_PEOPLE'
  | 'REBUILD_UNKNOWN'
  | 'REBUILD_ABANDONED'
  | 'REBUILD_IN_PROGRESS'
  | 'DATASET_MAP_MISMATCH'
  | 'VERSION_UNKNOWN';

/** Why a model cannot be started, rebuilt or published. */
export class UnlearningError extends CodedError<UnlearningErrorCode> {}
