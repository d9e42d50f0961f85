import { PackedCursor, type ModelConfig } from '#libs/contracts';
import { compareBytes, TextTable, utf8 } from '#libs/essentials';
import { LearningError } from './learning-error.js';

/** One person's records in a shard, as a job carries them. */
export interface ShardSubject {
  readonly subject: string;
  /** As packRecords of libs/contracts makes them, in any order. */
  readonly records: Uint8Array;
}

/** A subject whose records were counted, and are known to be whole. */
export interface CountedSubject extends ShardSubject {
  readonly count: number;
}

/** The catalogue as jobs carry it, in any order. */
export interface CatalogueLists {
  /** Ids of the catalogue's items, all of them, whoever interacted with what (DESIGN §4.3). */
  readonly items: readonly string[];
  /** Categories of each item, in the order of `items`; none where absent. */
  readonly categories?: readonly (readonly string[])[];
  /** Ids of the features that people may state of themselves; lines that take none pass them over. */
  readonly features?: readonly string[];
}

/** Sorted by the bytes of the ids; the categories of an item by theirs, each once. */
export interface CanonicalCatalogue {
  readonly items: readonly string[];
  readonly categories: readonly (readonly string[])[];
  readonly features: readonly string[];
}

/**
 * A job's data in one order, whatever order it arrived in. The records of a subject stay where they lie: those who read them
 * bring them into the order that they compute in (DESIGN §4.6), the dataset map by label, the dataset by item.
 */
export interface CanonicalShard extends CanonicalCatalogue {
  /** Those who have records, sorted by the bytes of the id. */
  readonly subjects: readonly CountedSubject[];
}

/** Sparse 0/1 rows: row r holds the columns indices[offsets[r] … offsets[r + 1]), ascending. */
export interface SparseRows {
  /** One more than there are rows. */
  readonly offsets: Uint32Array;
  readonly indices: Uint32Array;
}

/**
 * What a sub-model trains on: which catalogue items each person of this shard has interacted with, and which features they have stated
 * here. However often a person and an item met, the pair counts once. Records of an item that has left the catalogue are in the dataset
 * map but not here, and people without any pair are absent, so nothing here tells that they ever existed.
 */
export interface ShardDataset {
  /** Sorted item ids; an item's index is its row. */
  readonly items: readonly string[];
  /** Sorted pseudonyms; a person's index is their row. */
  readonly subjects: readonly string[];
  /** Rows people, columns items. */
  readonly bySubject: SparseRows;
  /** Sorted ids; empty where the line takes none. */
  readonly features: readonly string[];
  /** Rows people, columns features. */
  readonly featuresBySubject: SparseRows;
  /** People of each item. */
  readonly degrees: Uint32Array;
  /** Rows items, columns people: the transpose; made when asked for. */
  byItem(): SparseRows;
  /** Categories of each item, in the order of `items`. */
  readonly categories: readonly (readonly string[])[];
  /** `bySubject` with each person's items in the order of the labels (the first, where a pair met twice); made when asked for. */
  inLabelOrder(): SparseRows;
  /** Of each pair of a person, in the order of `bySubject`, the time of the record that came last; read when asked for. */
  latestTimes(row: number): Float64Array;
}

/** Which records of a shard: those whose slice, told by the label alone, is below `upTo`. */
export interface SliceRange {
  readonly slices: number;
  /** 1 … slices. */
  readonly upTo: number;
}

const ALL: SliceRange = { slices: 1, upTo: 1 };

/** Sorted by UTF-8 bytes. @throws LearningError DATASET_ITEM_TWICE */
export function canonicalItems(items: readonly string[]): string[] {
  return sortedById(items, (item) => item, 'DATASET_ITEM_TWICE');
}

/** The catalogue as a line sees it: without features where it takes none. @throws LearningError as canonicalCatalogue */
export function catalogueOfLine(
  { profilePurpose }: Pick<ModelConfig, 'profilePurpose'>,
  { items, categories, features }: CatalogueLists,
): CanonicalCatalogue {
  return canonicalCatalogue({ items, categories, features: profilePurpose === undefined ? [] : features });
}

/** @throws LearningError DATASET_ITEM_TWICE, DATASET_CATEGORIES_LENGTH */
export function canonicalCatalogue({ items, categories, features = [] }: CatalogueLists): CanonicalCatalogue {
  if (categories !== undefined && categories.length !== items.length)
    throw new LearningError(
      'DATASET_CATEGORIES_LENGTH',
      'categories are given for each item, in the same order',
      {
        facts: { items: items.length, categories: categories.length },
      },
    );
  const described = items.map((item, at) => ({ item, categories: categories?.[at] ?? [] }));
  const sorted = sortedById(described, ({ item }) => item, 'DATASET_ITEM_TWICE');
  if (features.length > 0) canonicalItems([...items, ...features]); // an id names one entry
  return {
    items: sorted.map(({ item }) => item),
    categories: sorted.map((one) => sortedTexts(one.categories)),
    features: canonicalItems(features),
  };
}

/** @throws LearningError DATASET_SUBJECT_TWICE, DATASET_RECORDS_MALFORMED, DATASET_NUMBER_NOT_FINITE */
export function canonicalShard(
  catalogue: CanonicalCatalogue,
  subjects: readonly ShardSubject[],
): CanonicalShard {
  return {
    ...catalogue,
    subjects: sortedById(subjects, ({ subject }) => subject, 'DATASET_SUBJECT_TWICE')
      .filter(({ records }) => records.length > 0)
      .map(({ subject, records }) => ({ subject, records, count: countRecords(records) })),
  };
}

/** The pairs of a shard, or of its first slices: exactly what training on those slices' records alone would see. */
export function datasetOf(shard: CanonicalShard, range: SliceRange = ALL): ShardDataset {
  const { items, categories, features, subjects } = shard;
  const table = new TextTable(items);
  const lastRow = new Int32Array(items.length).fill(-1); // in which an item was present
  const indices = new Uint32Array(subjects.reduce((sum, { count }) => sum + count, 0));
  const degrees = new Uint32Array(items.length);
  const offsets = [0];
  const people: CountedSubject[] = [];
  let end = 0;
  for (const person of subjects) {
    const { records } = person;
    const begin = end;
    const cursor = new PackedCursor(records);
    while (cursor.next()) {
      const index = table.indexOf(records, cursor.item, cursor.itemEnd);
      if (index < 0 || lastRow[index] === people.length || !isWithin(cursor, range)) continue;
      lastRow[index] = people.length;
      indices[end++] = index;
      degrees[index]++;
    }
    if (end === begin) continue;
    indices.subarray(begin, end).sort();
    people.push(person);
    offsets.push(end);
  }
  const bySubject = { offsets: Uint32Array.from(offsets), indices: indices.slice(0, end) };
  return {
    items,
    categories,
    features,
    subjects: people.map(({ subject }) => subject),
    bySubject,
    featuresBySubject: featureRows(people, features, range),
    degrees,
    byItem: () => transpose(bySubject, items.length),
    inLabelOrder: () => ({ offsets: bySubject.offsets, indices: itemsByLabel(people, table, range, end) }),
    latestTimes: (row) =>
      latestTimes(people[row], table, range, bySubject.indices.subarray(offsets[row], offsets[row + 1])),
  };
}

/** Slice of a label: 0 … slices − 1, ascending with the label, whatever other records there are. */
export function sliceOf(label: Uint8Array, slices: number): number {
  const top = ((label[0] << 24) | (label[1] << 16) | (label[2] << 8) | label[3]) >>> 0;
  return Math.floor((top / 2 ** 32) * slices);
}

function isWithin({ packed, label }: PackedCursor, { slices, upTo }: SliceRange): boolean {
  return slices === upTo || sliceOf(packed.subarray(label, label + 4), slices) < upTo;
}

/** What each person has stated of themselves, ascending, each feature once. */
function featureRows(
  people: readonly CountedSubject[],
  features: readonly string[],
  range: SliceRange,
): SparseRows {
  const offsets = new Uint32Array(people.length + 1);
  if (features.length === 0) return { offsets, indices: new Uint32Array() };
  const table = new TextTable(features);
  const rows = people.map(({ records }) => {
    const own = new Set<number>();
    const cursor = new PackedCursor(records);
    while (cursor.next()) {
      const index = table.indexOf(records, cursor.item, cursor.itemEnd);
      if (index >= 0 && isWithin(cursor, range)) own.add(index);
    }
    return [...own].sort((a, b) => a - b);
  });
  rows.forEach(({ length }, row) => (offsets[row + 1] = offsets[row] + length));
  return { offsets, indices: Uint32Array.from(rows.flat()) };
}

/** Item indices of each person, one person after the other, by label; an item that comes again is left out. */
function itemsByLabel(
  people: readonly CountedSubject[],
  table: TextTable,
  range: SliceRange,
  pairs: number,
): Uint32Array {
  const ordered = new Uint32Array(pairs);
  let end = 0;
  for (const { records } of people) {
    const found: { readonly label: Uint8Array; readonly index: number }[] = [];
    const cursor = new PackedCursor(records);
    while (cursor.next()) {
      const index = table.indexOf(records, cursor.item, cursor.itemEnd);
      if (index >= 0 && isWithin(cursor, range))
        found.push({ label: records.subarray(cursor.label, cursor.opening), index });
    }
    found.sort((a, b) => compareBytes(a.label, b.label));
    for (const index of new Set(found.map((one) => one.index))) ordered[end++] = index;
  }
  return ordered;
}

/** Time of the last record of each of a person's items. */
function latestTimes(
  { records }: CountedSubject,
  table: TextTable,
  range: SliceRange,
  items: Uint32Array,
): Float64Array {
  const times = new Float64Array(items.length).fill(-Infinity);
  const pairOf = new Map(Array.from(items, (item, pair) => [item, pair]));
  const cursor = new PackedCursor(records);
  while (cursor.next()) {
    const pair = pairOf.get(table.indexOf(records, cursor.item, cursor.itemEnd));
    if (pair !== undefined && isWithin(cursor, range)) times[pair] = Math.max(times[pair], cursor.time);
  }
  return times;
}

export function itemIndex(items: readonly string[]): ReadonlyMap<string, number> {
  return new Map(items.map((item, index) => [item, index]));
}

/** Indices of the catalogue's items among the records, ascending, each once. */
export function presentItems(
  records: readonly { readonly item: string }[],
  indexOf: ReadonlyMap<string, number>,
): Uint32Array {
  const present = new Set<number>();
  for (const { item } of records) {
    const index = indexOf.get(item);
    if (index !== undefined) present.add(index);
  }
  return Uint32Array.from(present).sort();
}

/** Columns become rows; within a row the former row numbers ascend. */
export function transpose({ offsets, indices }: SparseRows, columns: number): SparseRows {
  const starts = new Uint32Array(columns + 1);
  for (const column of indices) starts[column + 1]++;
  for (let column = 0; column < columns; column++) starts[column + 1] += starts[column];
  const next = starts.slice(0, columns);
  const rows = new Uint32Array(indices.length);
  for (let row = 0; row + 1 < offsets.length; row++)
    for (let at = offsets[row]; at < offsets[row + 1]; at++) rows[next[indices[at]]++] = row;
  return { offsets: starts, indices: rows };
}

/** How many records a person's packed records hold. @throws LearningError DATASET_RECORDS_MALFORMED */
export function countRecords(records: Uint8Array): number {
  const cursor = new PackedCursor(records);
  let count = 0;
  let isFinite = true;
  try {
    for (; cursor.next(); count++) isFinite &&= Number.isFinite(cursor.value) && Number.isFinite(cursor.time);
  } catch (cause) {
    throw new LearningError('DATASET_RECORDS_MALFORMED', "a person's packed records cannot be read", {
      cause,
    });
  }
  if (!isFinite)
    throw new LearningError('DATASET_NUMBER_NOT_FINITE', 'a record has a value or a time that is no number'); // JSON would commit to null
  return count;
}

function sortedTexts(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort((a, b) => compareBytes(utf8(a), utf8(b)));
}

function sortedById<T>(
  values: readonly T[],
  idOf: (value: T) => string,
  twice: 'DATASET_ITEM_TWICE' | 'DATASET_SUBJECT_TWICE',
): T[] {
  const keyed = values
    .map((value) => ({ value, key: utf8(idOf(value)) }))
    .sort((a, b) => compareBytes(a.key, b.key));
  for (let at = 1; at < keyed.length; at++)
    if (compareBytes(keyed[at - 1].key, keyed[at].key) === 0)
      throw new LearningError(twice, 'an id stands twice in one job');
  return keyed.map(({ value }) => value);
}
