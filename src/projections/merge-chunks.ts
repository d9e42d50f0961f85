import { mergePacked, type StoredRecord } from '#libs/contracts';
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
