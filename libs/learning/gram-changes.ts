import { LearningError } from './learning-error.js';
import type { PairCounts } from './pair-counts.js';
import { canonicalShard, datasetOf, type CanonicalCatalogue } from './shard-dataset.js';

/** A person's records in a shard at two times, as packRecords of libs/contracts makes them, in any order. */
export interface ChangedRecords {
  readonly before: Uint8Array;
  /** None where the person is erased. */
  readonly after: Uint8Array;
}

/** The same as catalogue items: indices, ascending, each once. */
export interface ChangedItems {
  readonly before: Uint32Array;
  readonly after: Uint32Array;
}

/** All records in one dataset, because finding items by their ids takes a table of the catalogue. */
export function changedItems(
  people: readonly ChangedRecords[],
  catalogue: CanonicalCatalogue,
): ChangedItems[] {
  const records = people.flatMap(({ before, after }) => [before, after]);
  const rows = records.map((packed, row) => ({ subject: String(row), records: packed }));
  const { subjects, bySubject } = datasetOf(canonicalShard(catalogue, rows));
  const found = new Map(subjects.map((subject, row) => [subject, row]));
  const itemsOfRow = (at: number): Uint32Array => {
    const row = found.get(String(at));
    return row === undefined
      ? new Uint32Array()
      : bySubject.indices.subarray(bySubject.offsets[row], bySubject.offsets[row + 1]);
  };
  return people.map((_, at) => ({ before: itemsOfRow(2 * at), after: itemsOfRow(2 * at + 1) }));
}

/**
 * One less for every pair of the items before of which not both stay, one more for every pair of the items after of which not both
 * were there.
 *
 * @throws LearningError WITHDRAWN_NOT_COUNTED where nobody is left to take away, DATASET_TOO_LARGE where a count is full
 */
export function exchange(pairs: PairCounts, { before, after }: ChangedItems): void {
  forNewPairs(after, before, (item, other) => {
    if (!pairs.decrement(item, other)) throw notCounted();
  });
  forNewPairs(before, after, (item, other) => {
    if (!pairs.increment(item, other))
      throw new LearningError('DATASET_TOO_LARGE', 'a shard counts no more people of an item', {
        nextStep: 'Use more shards: with statistics they cost no quality.',
      });
  });
}

/** Every pair of `items`, once, of which not both are among the others; an item is a pair with itself. */
function forNewPairs(
  others: Uint32Array,
  items: Uint32Array,
  visit: (item: number, other: number) => void,
): void {
  const known = new Set(others);
  for (const item of items)
    if (!known.has(item))
      for (const other of items) if (other >= item || known.has(other)) visit(item, other);
}

export function notCounted(): LearningError {
  return new LearningError('WITHDRAWN_NOT_COUNTED', 'the file was made without the records to be withdrawn', {
    nextStep: 'Rebuild the shard from its records.',
  });
}
