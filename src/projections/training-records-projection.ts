import { In, type EntityManager } from 'typeorm';
import { mergePacked, unpackRecords, type DataOf, type StoredRecord } from '#libs/contracts';
import { toBase64Url } from '#libs/essentials';
import type { PayloadSealer } from '#libs/messaging';
import { inSlices, insertAll } from '#platform/read-models';
import {
  DeletedLabelEntity,
  positionText,
  QuarantinedLabelEntity,
  TrainingRecordsEntity,
} from './entities/index.js';
import { mergeChunks } from './merge-chunks.js';
import type { ProjectedEvent, Projection } from './projection.js';
import { RecordChunks, type RecordChunk } from './record-chunks.js';

const MAX_CHUNKS = 32;
const LEAST_COMPACTED = 16; // subjects, in a batch

/** The records of every person, which of them are quarantined, and the labels of those that were deleted. */
export class TrainingRecordsProjection implements Projection {
  readonly types = ['InteractionRecorded', 'RecordsQuarantined', 'RecordsReleased', 'RecordsErased'] as const;
  private readonly gathered: RecordChunks;
  private folded: RecordChunk[] = [];

  constructor(sealer: PayloadSealer) {
    this.gathered = new RecordChunks(sealer);
  }

  apply(event: ProjectedEvent, manager: EntityManager): Promise<void> | void {
    switch (event.type) {
      case 'InteractionRecorded':
        return this.gathered.add(event);
      case 'RecordsQuarantined':
        return quarantine(event.data, event.position, manager);
      case 'RecordsReleased':
        return release(event.data.requestId, manager);
      case 'RecordsErased':
        return this.erase(event.data, manager);
      default: // not asked for
    }
  }

  /** Takes what was folded elsewhere, instead of the events themselves and before the next one. */
  take(chunks: readonly RecordChunk[]): void {
    this.folded = [...this.folded, ...chunks];
  }

  async flush(manager: EntityManager): Promise<void> {
    const chunks = [...this.folded, ...this.gathered.take()];
    this.folded = [];
    if (chunks.length === 0) return;
    const kept = withoutDeleted(chunks, await deletedAmong(chunks, manager));
    const rows = kept.map(({ subject, position, records }) => ({
      subject,
      position: positionText(position),
      records: Buffer.from(records.buffer, records.byteOffset, records.byteLength),
    }));
    await insertAll(manager, TrainingRecordsEntity, rows);
    await compact(
      rows.map(({ subject }) => subject),
      manager,
    );
  }

  reset(): void {
    this.folded = [];
    this.gathered.clear();
  }

  private async erase(erased: DataOf<'RecordsErased'>, manager: EntityManager): Promise<void> {
    await this.flush(manager); // what came before the erasure in this batch is subject to it
    const { requestId, subject, labels, coarseLabels, generation } = erased;
    const deleted = new Set(labels);
    if (generation === null) {
      await manager.delete(TrainingRecordsEntity, { subject });
      await manager.delete(QuarantinedLabelEntity, { subject });
    } else {
      await rewriteChunks(subject, manager, (record) => !isAmong(deleted, record));
      // What is not destroyed with the others, because it has to be kept, stays out of use.
      await inSlices(labels, (slice) =>
        manager.delete(QuarantinedLabelEntity, { requestId, label: In([...slice]) }),
      );
    }
    await insertAll(manager, DeletedLabelEntity, [
      ...labels.map((label) => ({ label, precision: 'exact' as const })),
      ...[...new Set(coarseLabels)].map((label) => ({ label, precision: 'day' as const })),
    ]);
  }
}

function quarantine(
  { requestId, subject, labels }: DataOf<'RecordsQuarantined'>,
  position: bigint,
  manager: EntityManager,
): Promise<void> {
  const since = positionText(position);
  const rows = labels.map((label) => ({ label, requestId, subject, since }));
  return insertAll(manager, QuarantinedLabelEntity, rows);
}

/** Puts the records back into use, as far as no other request holds them. */
async function release(requestId: string, manager: EntityManager): Promise<void> {
  await manager.delete(QuarantinedLabelEntity, { requestId });
}

/**
 * Merges the chunks of subjects who have too many; the most crowded first, and not all at once where many have come to that together, because
 * everybody else waits meanwhile. Twice as many as a batch makes crowded on the average, so that none is left for long.
 */
async function compact(subjects: readonly string[], manager: EntityManager): Promise<void> {
  let left = Math.max(LEAST_COMPACTED, Math.ceil((2 * subjects.length) / MAX_CHUNKS));
  await inSlices(subjects, async (slice) => {
    if (left === 0) return;
    const crowded = await manager
      .createQueryBuilder(TrainingRecordsEntity, 'chunk')
      .select('chunk.subject', 'subject')
      .where({ subject: In([...slice]) })
      .groupBy('chunk.subject')
      .having('COUNT(*) > :most', { most: MAX_CHUNKS })
      .orderBy('COUNT(*)', 'DESC')
      .limit(left)
      .getRawMany<{ subject: string }>();
    left -= crowded.length;
    for (const { subject } of crowded) await rewriteChunks(subject, manager);
  });
}

/** Merges a subject's chunks into one without the records that are not kept. */
async function rewriteChunks(
  subject: string,
  manager: EntityManager,
  keep?: (record: StoredRecord) => boolean,
): Promise<void> {
  const chunks = await manager.find(TrainingRecordsEntity, {
    where: { subject },
    order: { position: 'ASC' },
  });
  if (chunks.length === 0) return;
  const { packed, count } = mergeChunks(chunks, keep);
  const { position } = chunks[chunks.length - 1];
  await manager.delete(TrainingRecordsEntity, { subject });
  if (count > 0)
    await manager.insert(TrainingRecordsEntity, { subject, position, records: Buffer.from(packed) });
}

/** Labels of new records that were deleted before: such a record is never trained on, however it came into the log. */
async function deletedAmong(
  chunks: readonly RecordChunk[],
  manager: EntityManager,
): Promise<ReadonlySet<string>> {
  const count = await manager.countBy(DeletedLabelEntity, { precision: 'exact' });
  if (count === 0) return new Set();
  const labels = chunks.flatMap(({ records }) =>
    unpackRecords(records).map(({ label }) => toBase64Url(label)),
  );
  if (count <= labels.length)
    return new Set(
      (await manager.findBy(DeletedLabelEntity, { precision: 'exact' })).map(({ label }) => label),
    );
  const deleted = new Set<string>();
  await inSlices(labels, async (slice) => {
    const found = await manager.findBy(DeletedLabelEntity, { label: In([...slice]), precision: 'exact' });
    for (const { label } of found) deleted.add(label);
  });
  return deleted;
}

function withoutDeleted(chunks: readonly RecordChunk[], deleted: ReadonlySet<string>): RecordChunk[] {
  if (deleted.size === 0) return [...chunks];
  return chunks
    .map((chunk) => ({
      ...chunk,
      records: mergePacked([chunk.records], (record) => !isAmong(deleted, record)).packed,
    }))
    .filter(({ records }) => records.length > 0);
}

function isAmong(labels: ReadonlySet<string>, { label }: StoredRecord): boolean {
  return labels.size > 0 && labels.has(toBase64Url(label));
}
