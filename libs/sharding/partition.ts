import type { DataDependentPartition, PartitionConfig } from '#libs/contracts';
import { hmacSha256, toHex, type HmacSha256 } from '#libs/essentials';
import { checkShards, shardOf } from './shard-of.js';
import { ShardingError } from './sharding-error.js';

/** What a partition may look at when it assigns a record: never the other records (DESIGN §4.2). */
export interface Assignable {
  readonly subject: string;
  /** Record label, 32 bytes. */
  readonly label: Uint8Array;
  /** Needed by `ibp` only. */
  readonly item?: string;
}

/** Shard of each key of a partition that was made by looking at the data: of a subject, an item, or a label in hex. */
export type ShardAssignment = ReadonlyMap<string, number>;

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
const KEYS: Readonly<Record<PartitionConfig['kind'], KeyOf>> = {
  'by-subject': ({ subject }) => subject,
  'by-record': ({ label }) => label,
  ubp: ({ subject }) => subject,
  ibp: ({ item }) => item ?? itemMissing(),
  inbp: ({ label }) => toHex(label),
};

/**
 * The partition that a model line's configuration names.
 *
 * @param assignment of a partition that looks at the data; a key that it does not list is placed by the keyed hash
 * @example
 * const partition = openPartition({ kind: 'by-subject', shards: 8 }, partitionKey);
 * const shard = partition.shardOf({ subject, label });
 * @throws ShardingError PARTITION_UNKNOWN, SHARD_COUNT_OUT_OF_RANGE, ASSIGNMENT_MISSING, ASSIGNMENT_INVALID
 */
export function openPartition(
  config: PartitionConfig,
  partitionKey: Uint8Array,
  hmac: HmacSha256 = hmacSha256,
  assignment?: ShardAssignment,
): Partition {
  const { kind, shards } = config;
  const keyOf = Object.hasOwn(KEYS, kind) ? KEYS[kind] : undefined;
  if (keyOf === undefined)
    throw new ShardingError('PARTITION_UNKNOWN', `no partition is called ${kind}`, {
      facts: { kind },
      nextStep: `Use one of: ${Object.keys(KEYS).join(', ')}.`,
    });
  checkShards(shards);
  const known = isDataDependent(kind) ? checkedAssignment(assignment, shards) : undefined;
  const assign = (key: Uint8Array | string): number => shardOf(partitionKey, key, shards, hmac);
  const assignText = remembering(assign);
  return {
    kind,
    shards,
    shardOf: (record) => {
      const key = keyOf(record);
      return typeof key === 'string' ? (known?.get(key) ?? assignText(key)) : assign(key);
    },
  };
}

/** Whether a partition looks at the data when it is made (RecEraser's clusters), so that it has seen what is deleted later. */
export function isDataDependent(kind: PartitionConfig['kind']): kind is DataDependentPartition {
  switch (kind) {
    case 'by-subject':
    case 'by-record':
      return false;
    case 'ubp':
    case 'ibp':
    case 'inbp':
      return true;
    default:
      return kind satisfies never;
  }
}

function checkedAssignment(assignment: ShardAssignment | undefined, shards: number): ShardAssignment {
  if (assignment === undefined)
    throw new ShardingError(
      'ASSIGNMENT_MISSING',
      'a clustered partition needs its assignment of keys to shards',
      {
        nextStep: 'Clustered partitions are baselines of `lacuna evaluate`; use by-subject or by-record.',
      },
    );
  for (const shard of assignment.values())
    if (!Number.isInteger(shard) || shard < 0 || shard >= shards)
      throw new ShardingError('ASSIGNMENT_INVALID', 'the assignment names a shard that is not there', {
        facts: { shard, shards },
      });
  return assignment;
}

function itemMissing(): never {
  throw new ShardingError('ITEM_MISSING', 'an item-based partition places records by their item');
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
