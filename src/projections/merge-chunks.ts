import { mergePacked, unpackRecords, type StoredRecord } from '#libs/contracts';
import { compareBytes } from '#libs/essentials';
import type { TrainingRecordsEntity } from './entities/index.js';

/**
 * One subject's chunks, oldest first, as one: sorted by label, each label once. The newest writing of a label stays: an older one
 * may be in a stream that is tombstoned, and a rebuild from zero would not find it.
 */
export function mergeChunks(
  chunks: readonly Pick<TrainingRecordsEntity, 'records'>[],
  keep?: (record: StoredRecord) => boolean,
): { readonly packed: Uint8Array; readonly count: number } {
  return mergePacked(chunks.map(({ records }) => records).reverse(), keep);
}

/** The same as records, read once. */
export function recordsIn(chunks: readonly Pick<TrainingRecordsEntity, 'records'>[]): StoredRecord[] {
  const newestFirst = [...chunks].reverse().flatMap(({ records }) => unpackRecords(records));
  return newestFirst
    .sort((a, b) => compareBytes(a.label, b.label)) // stable: the newest writing of a label stays the first
    .filter(({ label }, at, all) => at === 0 || compareBytes(all[at - 1].label, label) !== 0);
}
