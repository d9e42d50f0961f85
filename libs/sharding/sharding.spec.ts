import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { utf8 } from '#libs/essentials';
import {
  isDataDependent,
  openPartition,
  partitionKeyCommitment,
  shardOf,
  type ShardingError,
} from './index.js';

const KEY = Uint8Array.from({ length: 32 }, (_, at) => at);
const codeOf = (action: () => unknown): string => {
  try {
    action();
  } catch (error) {
    return (error as ShardingError).code;
  }
  return 'nothing thrown';
};

describe('shard assignment', () => {
  it('is the first eight bytes of HMAC-SHA-256, mod the number of shards', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 4096 }), (key, shards) => {
        const tag = createHmac('sha256', KEY).update(key.toWellFormed()).digest();
        expect(shardOf(KEY, key.toWellFormed(), shards)).toBe(
          Number(tag.readBigUInt64BE(0) % BigInt(shards)),
        );
      }),
    );
  });

  it('takes a text as its UTF-8 bytes', () => {
    expect(shardOf(KEY, 'Zoë', 4096)).toBe(shardOf(KEY, utf8('Zoë'), 4096));
  });

  it('spreads subjects over all shards', () => {
    const counts = new Array<number>(8).fill(0);
    for (let i = 0; i < 8000; i++) counts[shardOf(KEY, `subject-${i}`, 8)]++;
    // 1,000 expected a shard; five standard deviations of the binomial are 148.
    expect(counts.every((count) => Math.abs(count - 1000) < 148)).toBe(true);
  });

  it('refuses no shards, a fraction of a shard and more than 4096', () => {
    for (const shards of [0, -1, 1.5, 4097, Number.NaN])
      expect(codeOf(() => shardOf(KEY, 'a', shards))).toBe('SHARD_COUNT_OUT_OF_RANGE');
  });

  it('refuses a partition key that could be guessed', () => {
    expect(codeOf(() => shardOf(KEY.subarray(0, 31), 'a', 8))).toBe('PARTITION_KEY_TOO_SHORT');
    expect(codeOf(() => partitionKeyCommitment(new Uint8Array()))).toBe('PARTITION_KEY_TOO_SHORT');
  });
});

describe('a partition', () => {
  const record = (subject: string, byte: number) => ({ subject, label: new Uint8Array(32).fill(byte) });

  it('keeps all records of a person together when it is by subject', () => {
    const partition = openPartition({ kind: 'by-subject', shards: 64 }, KEY);
    const shards = new Set(Array.from({ length: 50 }, (_, byte) => partition.shardOf(record('p1', byte))));
    expect([...shards]).toEqual([shardOf(KEY, 'p1', 64)]);
  });

  it('assigns a person alike however many others came between, and hashes nobody twice in a row', () => {
    let hashed = 0;
    const partition = openPartition({ kind: 'by-subject', shards: 64 }, KEY, (key, message) => {
      hashed++;
      return createHmac('sha256', key).update(message).digest();
    });
    const first = partition.shardOf(record('p1', 0));
    expect([partition.shardOf(record('p1', 1)), hashed]).toEqual([first, 1]);
    for (let other = 0; other < 10_000; other++) partition.shardOf(record(`other-${other}`, 0));
    expect(partition.shardOf(record('p1', 2))).toBe(first);
  });

  it('places each record on its own when it is by record', () => {
    const partition = openPartition({ kind: 'by-record', shards: 64 }, KEY);
    const shards = new Set(Array.from({ length: 50 }, (_, byte) => partition.shardOf(record('p1', byte))));
    expect(shards.size).toBeGreaterThan(20);
    expect(partition.shardOf(record('p1', 7))).toBe(partition.shardOf(record('p2', 7)));
  });

  it('refuses a kind that it does not know', () => {
    const config = { kind: 'by-popularity' as 'by-subject', shards: 8 };
    expect(codeOf(() => openPartition(config, KEY))).toBe('PARTITION_UNKNOWN');
  });
});

describe('a partition that was made by looking at the data', () => {
  const label = new Uint8Array(32).fill(171);
  const record = { subject: 'p1', label, item: 'item-1' };
  const place = (kind: 'ubp' | 'ibp' | 'inbp', key: string): number =>
    openPartition({ kind, shards: 4096 }, KEY, undefined, new Map([[key, 4095]])).shardOf(record);

  it('places people, items or records as the assignment says', () => {
    expect([place('ubp', 'p1'), place('ibp', 'item-1'), place('inbp', 'ab'.repeat(32))]).toEqual([
      4095, 4095, 4095,
    ]);
  });

  it('places what the assignment does not list by the keyed hash', () => {
    expect([place('ubp', 'p2'), place('ibp', 'item-2'), place('inbp', '')]).toEqual([
      shardOf(KEY, 'p1', 4096),
      shardOf(KEY, 'item-1', 4096),
      shardOf(KEY, 'ab'.repeat(32), 4096),
    ]);
  });

  it('is refused without its assignment, with a shard that is not there, and an item-based one for a record without item', () => {
    const open = (assignment?: ReadonlyMap<string, number>) =>
      openPartition({ kind: 'ibp', shards: 2 }, KEY, undefined, assignment);
    expect(codeOf(() => open())).toBe('ASSIGNMENT_MISSING');
    for (const shard of [2, -1, 0.5])
      expect(codeOf(() => open(new Map([['a', shard]])))).toBe('ASSIGNMENT_INVALID');
    expect(codeOf(() => open(new Map()).shardOf({ subject: 'p1', label }))).toBe('ITEM_MISSING');
  });

  it('is told apart from those that look at one key only', () => {
    const kinds = ['by-subject', 'by-record', 'ubp', 'ibp', 'inbp'] as const;
    expect(kinds.filter(isDataDependent)).toEqual(['ubp', 'ibp', 'inbp']);
  });
});

describe('the commitment of a partition key', () => {
  it('is SHA-256 of the prefix and the key', () => {
    // printf 'lacuna/partition-key/v1' | cat - key | sha256sum, key = bytes 00 … 1f
    expect(partitionKeyCommitment(KEY)).toBe(
      '1a62909abb3e06c8804e0d226354c13ed76bff154d21b25caae9256353cb0aee',
    );
  });
});
