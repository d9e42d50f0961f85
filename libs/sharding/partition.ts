import type { PartitionConfig } from '#libs/contracts';
import { hmacSha256, type HmacSha256 } from '#libs/essentials';
import { checkShards, shardOf } from './shard-of.js';
import { ShardingError } from './sharding-error.js';

/** What a partition may look at when it assigns a record: never the other records (DESIGN §4.2). */
export interface Assignable {
  readonly subject: string;
  /** Record label, 32 bytes. */
  readonly label: Uint8Array;
}

/** Assigns every record to one shard of a model line. */
export interface Partition {
  readonly kind: PartitionConfig['kind'];
  readonly shards: number;
  /** 0 … shards − 1. */
  shardOf(record: Assignable): number;
}

type KeyOf = (record: Assignable) => Uint8Array | string;

/** `by-subject`: erasing a person touches one shard. `by-record`: withdrawing one behaviour touches one shard. */
const KEYS: Readonly<Record<PartitionConfig['kind'], KeyOf>> = {
  'by-subject': ({ subject }) => subject,
  'by-record': ({ label }) => label,
};

/**
 * The partition that a model line's configuration names.
 *
 * @example
 * const partition = openPartition({ kind: 'by-subject', shards: 8 }, partitionKey);
 * const shard = partition.shardOf({ subject, label });
 * @throws ShardingError PARTITION_UNKNOWN, SHARD_COUNT_OUT_OF_RANGE
 */
export function openPartition(
  config: PartitionConfig,
  partitionKey: Uint8Array,
  hmac: HmacSha256 = hmacSha256,
): Partition {
  const { kind, shards } = config;
  if (!Object.hasOwn(KEYS, kind))
    throw new ShardingError('PARTITION_UNKNOWN', `no partition is called ${kind}`, {
      facts: { kind },
      nextStep: `Use one of: ${Object.keys(KEYS).join(', ')}.`,
    });
  checkShards(shards);
  return { kind, shards, shardOf: (record) => shardOf(partitionKey, KEYS[kind](record), shards, hmac) };
}
