import { CodedError } from '#libs/essentials';

export type ShardingErrorCode =
  | 'SHARD_COUNT_OUT_OF_RANGE'
  | 'PARTITION_KEY_TOO_SHORT'
  | 'PARTITION_UNKNOWN'
  | 'ASSIGNMENT_MISSING'
  | 'ASSIGNMENT_INVALID'
  | 'ITEM_MISSING';

/** Why no shard can be assigned. */
export class ShardingError extends CodedError<ShardingErrorCode> {}
