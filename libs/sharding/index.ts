export { openPartition, type Assignable, type Partition } from './partition.js';
export { MAX_SHARDS, partitionKeyCommitment, shardOf } from './shard-of.js';
export { ShardingError, type ShardingErrorCode } from './sharding-error.js';
