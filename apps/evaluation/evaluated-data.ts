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
export function queriesOf(data: EvaluatedData, records: ShardedRecords): PackedQueries {
  const { tested } = data;
  const shards = records.length;
  const recordsPerShard = words(tested.length * shards);
  tested.forEach((person, at) =>
    records.forEach((shard, index) => {
      const packed = shard.get(person);
      if (packed) recordsPerShard[at * shards + index] = countPacked(packed);
    }),
  );
  return { ...presentOf(data), shards, recordsPerShard };
}

function presentOf({
  split: { train, isInOrder },
  tested,
  indexOf,
}: EvaluatedData): Pick<PackedQueries, 'offsets' | 'present' | 'recency'> {
  const ranks = tested.map((person) => ranksOf(train.get(person)!.map(({ item }) => indexOf.get(item)!)));
  const offsets = words(tested.length + 1);
  ranks.forEach(({ length }, at) => (offsets[at + 1] = offsets[at] + length));
  const present = words(offsets[tested.length]);
  const recency = words(offsets[tested.length]);
  ranks.flat().forEach(([index, rank], at) => {
    present[at] = index;
    recency[at] = rank;
  });
  return { offsets, present, recency: isInOrder ? recency : undefined };
}

/** Each item once, ascending, with how many others were met after it was met last. */
function ranksOf(met: readonly number[]): (readonly [index: number, rank: number])[] {
  const ranks = new Map<number, number>();
  for (const index of met.toReversed()) if (!ranks.has(index)) ranks.set(index, ranks.size);
  return [...ranks].sort(([a], [b]) => a - b);
}

/** On memory that threads share. */
function words(length: number): Uint32Array {
  return new Uint32Array(new SharedArrayBuffer(length * Uint32Array.BYTES_PER_ELEMENT));
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
