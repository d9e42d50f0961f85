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

const MAX_REMEMBERED = 8192;

type KeyOf = (record: Assignable) => Uint8Array | string;

/** `by-subject`: erasing a person touches one shard. `by-record`: withdrawing one behaviour touches one shard. */
const KEYS: Readonly<Partial<Record<PartitionConfig['kind'], KeyOf>>> = {
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
  const keyOf = Object.hasOwn(KEYS, kind) ? KEYS[kind] : undefined;
  if (keyOf === undefined)
    throw new ShardingError('PARTITION_UNKNOWN', `no partition is called ${kind}`, {
      facts: { kind },
      nextStep: `Use one of: ${Object.keys(KEYS).join(', ')}.`,
    });
  checkShards(shards);
  const assign = (key: Uint8Array | string): number => shardOf(partitionKey, key, shards, hmac);
  const assignText = remembering(assign);
  return {
    kind,
    shards,
    shardOf: (record) => {
      const key = keyOf(record);
      return typeof key === 'string' ? assignText(key) : assign(key);
    },
  };
}

/** Subjects come again with each of their records; those seen lately are not hashed anew. */
function remembering(assign: (key: string) => number): (key: string) => number {
  const known = new Map<string, number>();
  return (key) => {
    const found = known.get(key);
    if (found !== undefined) return found;
    const shard = assign(key);
    if (known.size === MAX_REMEMBERED) known.clear();
    known.set(key, shard);
    return shard;
  };
}
