import { PackedCursor, type StoredRecord } from '#libs/contracts';
import { namedRecords, type Dataset, type People, type ShardedRecords, type Split } from '#libs/evaluation';
import { canonicalCatalogue, type CanonicalCatalogue } from '#libs/learning';
import { nodeHmacSha256, nodeSha256 } from '#platform/crypto';
import type { PackedQueries } from './ranking-message.js';

/** What every line of an evaluation shares. */
export interface EvaluatedData {
  readonly catalogue: CanonicalCatalogue;
  readonly indexOf: ReadonlyMap<string, number>;
  readonly split: Split;
  /** People who are tested, in order; everything said of people one by one is in this order. */
  readonly tested: readonly string[];
  /** Of each of them, the catalogue indices to be found. */
  readonly relevant: readonly ReadonlySet<number>[];
  /** Present training records of each item, over all people. */
  readonly degrees: ReadonlyMap<string, number>;
}

export function evaluatedData(dataset: Pick<Dataset, 'items' | 'categories'>, split: Split): EvaluatedData {
  const catalogue = canonicalCatalogue(dataset);
  const indexOf = new Map(catalogue.items.map((item, index) => [item, index]));
  return {
    catalogue,
    indexOf,
    split,
    tested: [...split.test.keys()],
    relevant: Array.from(
      split.test.values(),
      (items) => new Set([...items].map((item) => indexOf.get(item)!)),
    ),
    degrees: degreesOf(split.train),
  };
}

/** Stored records of everybody, person by person, as a line's partition divides them. */
export function* storedPeople(people: People, purpose: string): Generator<readonly [string, StoredRecord[]]> {
  for (const [person, records] of people)
    yield [person, namedRecords(person, records, { purpose, hash: nodeSha256, hmac: nodeHmacSha256 })];
}

/** What the people who are tested ask a line that holds these records. */
export function queriesOf({ split, tested, indexOf }: EvaluatedData, records: ShardedRecords): PackedQueries {
  const offsets = new Uint32Array(tested.length + 1);
  const present: number[] = [];
  tested.forEach((person, at) => {
    for (const { item } of split.train.get(person) ?? []) present.push(indexOf.get(item)!);
    offsets[at + 1] = present.length;
  });
  const shards = records.length;
  const recordsPerShard = new Uint32Array(tested.length * shards);
  tested.forEach((person, at) =>
    records.forEach((shard, index) => {
      const packed = shard.get(person);
      if (packed) recordsPerShard[at * shards + index] = countPacked(packed);
    }),
  );
  return {
    subjects: tested,
    offsets,
    present: Uint32Array.from(present),
    isInOrder: split.isInOrder,
    shards,
    recordsPerShard,
  };
}

/** Records of each item over all people. */
export function degreesOf(people: People): Map<string, number> {
  const degrees = new Map<string, number>();
  for (const records of people.values())
    for (const { item } of records) degrees.set(item, (degrees.get(item) ?? 0) + 1);
  return degrees;
}

function countPacked(packed: Uint8Array): number {
  const cursor = new PackedCursor(packed);
  let count = 0;
  while (cursor.next()) count++;
  return count;
}
