import { PackedCursor, type InteractionRecord, type ModelConfig, type StoredRecord } from '#libs/contracts';
import { TextTable } from '#libs/essentials';
import { namedRecords, type Dataset, type People, type ShardedRecords, type Split } from '#libs/evaluation';
import { canonicalCatalogue, type CanonicalCatalogue } from '#libs/learning';
import { nodeHmacSha256, nodeSha256 } from '#platform/crypto';
import type { PackedQueries } from './ranking-message.js';

/** What every line of an evaluation shares. */
export interface EvaluatedData {
  readonly catalogue: CanonicalCatalogue;
  readonly indexOf: ReadonlyMap<string, number>;
  readonly split: Split;
  /** What people have stated of themselves; absent where that was not read. */
  readonly profiles?: People;
  /** People who are tested, in order; everything said of people one by one is in this order. */
  readonly tested: readonly string[];
  /** Of each of them, the catalogue indices to be found. */
  readonly relevant: readonly ReadonlySet<number>[];
  /** Present training records of each item, over all people. */
  readonly degrees: ReadonlyMap<string, number>;
}

export function evaluatedData(
  { items, categories, profiles }: Pick<Dataset, 'items' | 'categories' | 'profiles'>,
  split: Split,
): EvaluatedData {
  const catalogue = canonicalCatalogue({ items, categories, features: profiles?.features });
  const indexOf = new Map(catalogue.items.map((item, index) => [item, index]));
  return {
    catalogue,
    indexOf,
    split,
    profiles: profiles?.people,
    tested: [...split.test.keys()],
    relevant: Array.from(
      split.test.values(),
      (items) => new Set([...items].map((item) => indexOf.get(item)!)),
    ),
    degrees: degreesOf(split.train),
  };
}

/**
 * Stored records of everybody who has any, person by person, as a line's partition divides them; with what they have stated of themselves,
 * where the line takes it.
 */
export function* storedPeople(
  people: People,
  { purpose, profilePurpose }: Pick<ModelConfig, 'purpose' | 'profilePurpose'>,
  profiles?: People,
): Generator<readonly [string, StoredRecord[]]> {
  const named = (person: string, records: readonly InteractionRecord[], under: string): StoredRecord[] =>
    namedRecords(person, records, { purpose: under, hash: nodeSha256, hmac: nodeHmacSha256 });
  for (const [person, records] of people) {
    const stated = profilePurpose === undefined || records.length === 0 ? [] : (profiles?.get(person) ?? []);
    yield [person, [...named(person, records, purpose), ...named(person, stated, profilePurpose ?? '')]];
  }
}

/** What the people who are tested ask a line that holds these records. */
export function queriesOf(
  data: EvaluatedData,
  records: ShardedRecords,
  { profilePurpose }: Pick<ModelConfig, 'profilePurpose'>,
): PackedQueries {
  const { tested, catalogue } = data;
  const items = profilePurpose === undefined ? undefined : new TextTable(catalogue.items);
  const shards = records.length;
  const recordsPerShard = words(tested.length * shards);
  tested.forEach((person, at) =>
    records.forEach((shard, index) => {
      const packed = shard.get(person);
      if (packed) recordsPerShard[at * shards + index] = countPacked(packed, items);
    }),
  );
  const features = profilePurpose === undefined ? undefined : featuresOf(data);
  return { ...presentOf(data), features, shards, recordsPerShard };
}

function featuresOf({ tested, profiles, catalogue }: EvaluatedData): Uint32Array[] {
  const indexOf = new Map(catalogue.features.map((feature, index) => [feature, index]));
  return tested.map((person) =>
    Uint32Array.from(new Set(profiles?.get(person)?.map(({ item }) => indexOf.get(item)!))).sort(),
  );
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

/** @param items only records of these are counted; all where absent */
function countPacked(packed: Uint8Array, items?: TextTable): number {
  const cursor = new PackedCursor(packed);
  let count = 0;
  while (cursor.next()) if (!items || items.indexOf(packed, cursor.item, cursor.itemEnd) >= 0) count++;
  return count;
}
