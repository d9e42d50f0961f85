import { PackedCursor } from '#libs/contracts';
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

/**
 * A job's data in one order, whatever order it arrived in. The records of a subject stay where they lie: those who read them
 * bring them into the order that they compute in (DESIGN §4.6), the dataset map by label, the dataset by item.
 */
export interface CanonicalShard {
  /** Sorted by the bytes of the id. */
  readonly items: readonly string[];
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
 * What a sub-model trains on: which catalogue items each person of this shard has interacted with. However often a person and
 * an item met, the pair counts once. Records of an item that has left the catalogue are in the dataset map but not here,
 * and people without any pair are absent, so nothing here tells that they ever existed.
 */
export interface ShardDataset {
  /** Sorted item ids; an item's index is its row. */
  readonly items: readonly string[];
  /** Sorted pseudonyms; a person's index is their row. */
  readonly subjects: readonly string[];
  /** Rows people, columns items. */
  readonly bySubject: SparseRows;
  /** Rows items, columns people: the transpose. */
  readonly byItem: SparseRows;
}

/** Sorted by UTF-8 bytes. @throws LearningError DATASET_ITEM_TWICE */
export function canonicalItems(items: readonly string[]): string[] {
  return sortedById(items, (item) => item, 'DATASET_ITEM_TWICE');
}

/** @throws LearningError DATASET_ITEM_TWICE, DATASET_SUBJECT_TWICE, DATASET_RECORDS_MALFORMED */
export function canonicalShard(items: readonly string[], subjects: readonly ShardSubject[]): CanonicalShard {
  return {
    items: canonicalItems(items),
    subjects: sortedById(subjects, ({ subject }) => subject, 'DATASET_SUBJECT_TWICE')
      .filter(({ records }) => records.length > 0)
      .map(({ subject, records }) => ({ subject, records, count: countRecords(records) })),
  };
}

export function datasetOf({ items, subjects }: CanonicalShard): ShardDataset {
  const table = new TextTable(items);
  const lastRow = new Int32Array(items.length).fill(-1); // in which an item was present
  const indices = new Uint32Array(subjects.reduce((sum, { count }) => sum + count, 0));
  const offsets = [0];
  const people: string[] = [];
  let end = 0;
  for (const { subject, records } of subjects) {
    const begin = end;
    const cursor = new PackedCursor(records);
    while (cursor.next()) {
      const index = table.indexOf(records, cursor.item, cursor.itemEnd);
      if (index < 0 || lastRow[index] === people.length) continue;
      lastRow[index] = people.length;
      indices[end++] = index;
    }
    if (end === begin) continue;
    indices.subarray(begin, end).sort();
    people.push(subject);
    offsets.push(end);
  }
  const bySubject = { offsets: Uint32Array.from(offsets), indices: indices.slice(0, end) };
  return { items, subjects: people, bySubject, byItem: transpose(bySubject, items.length) };
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

function countRecords(records: Uint8Array): number {
  const cursor = new PackedCursor(records);
  let count = 0;
  try {
    while (cursor.next()) count++;
  } catch (cause) {
    throw new LearningError('DATASET_RECORDS_MALFORMED', "a person's packed records cannot be read", {
      cause,
    });
  }
  return count;
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
