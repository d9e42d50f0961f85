export {
  isDataDependent,
  openPartition,
  type Assignable,
  type Partition,
  type ShardAssignment,
} from './partition.js';
export { MAX_SHARDS, partitionKeyCommitment, shardOf } from './shard-of.js';
export { ShardingError, type ShardingErrorCode } from './sharding-error.js';
