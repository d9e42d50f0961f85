import { In, type EntityManager } from 'typeorm';
import {
  keyNames,
  packRecords,
  type DataOf,
  type SealedInteraction,
  type StoredRecord,
} from '#libs/contracts';
import { compareBytes, toBase64Url } from '#libs/essentials';
import { generationOfStream, subjectOfStream, type PayloadSealer } from '#libs/messaging';
import {
  DeletedLabelEntity,
  positionText,
  QuarantinedLabelEntity,
  TrainingRecordsEntity,
} from './entities/index.js';
import { inSlices, insertAll } from './insert-all.js';
import { mergeChunks } from './merge-chunks.js';
import { openUnlessDestroyed } from './open-payload.js';
import type { ProjectedEvent, Projection } from './projection.js';

interface Chunk {
  /** In the order of the log. */
  readonly records: StoredRecord[];
  position: bigint;
}

const MAX_CHUNKS = 32;

/** The records of every person, which of them are quarantined, and the labels of those that were deleted. */
export class TrainingRecordsProjection implements Projection {
  readonly types = ['InteractionRecorded', 'RecordsQuarantined', 'RecordsErased'] as const;
  private chunks = new Map<string, Chunk>();

  constructor(private readonly sealer: PayloadSealer) {}

  apply(event: ProjectedEvent, manager: EntityManager): Promise<void> | void {
    switch (event.type) {
      case 'InteractionRecorded':
        return this.gather(event, event.data);
      case 'RecordsQuarantined':
        return quarantine(event.data, manager);
      case 'RecordsErased':
        return this.erase(event.data, manager);
      default: // not asked for
    }
  }

  async flush(manager: EntityManager): Promise<void> {
    const deleted = await deletedAmong([...this.chunks.values()], manager);
    const rows = [...this.chunks].map(([subject, { records, position }]) => ({
      subject,
      position: positionText(position),
      records: Buffer.from(
        packRecords(lastOfEachLabel(records).filter((record) => !isAmong(deleted, record))),
      ),
    }));
    await insertAll(
      manager,
      TrainingRecordsEntity,
      rows.filter(({ records }) => records.length > 0),
    );
    this.reset();
    await compact(
      rows.map(({ subject }) => subject),
      manager,
    );
  }

  reset(): void {
    this.chunks = new Map();
  }

  private gather(event: ProjectedEvent, { label, sealed }: DataOf<'InteractionRecorded'>): void {
    const { stream, position, metadata } = event;
    const subject = subjectOfStream(stream);
    const key = keyNames.interactions(subject, generationOfStream(stream));
    const opened = openUnlessDestroyed(this.sealer, key, sealed, event);
    if (opened === undefined) return;
    const { i, t, s, v, p, o } = opened as SealedInteraction;
    const record = {
      label: Buffer.from(label, 'base64url'),
      opening: Buffer.from(o, 'base64url'),
      position: typeof metadata.carriedFrom === 'string' ? BigInt(metadata.carriedFrom) : position,
      item: i,
      type: t,
      time: s,
      value: v,
      purpose: p,
    };
    const chunk = this.chunks.get(subject);
    if (chunk === undefined) this.chunks.set(subject, { records: [record], position });
    else {
      chunk.records.push(record);
      chunk.position = position;
    }
  }

  private async erase(erased: DataOf<'RecordsErased'>, manager: EntityManager): Promise<void> {
    await this.flush(manager); // what came before the erasure in this batch is subject to it
    const { requestId, subject, labels, coarseLabels, generation } = erased;
    const deleted = new Set(labels);
    if (generation === null) await manager.delete(TrainingRecordsEntity, { subject });
    else await rewriteChunks(subject, manager, (record) => !isAmong(deleted, record));
    await manager.delete(QuarantinedLabelEntity, { requestId });
    await insertAll(manager, DeletedLabelEntity, [
      ...labels.map((label) => ({ label, precision: 'exact' as const })),
      ...[...new Set(coarseLabels)].map((label) => ({ label, precision: 'day' as const })),
    ]);
  }
}

function quarantine(
  { requestId, subject, labels }: DataOf<'RecordsQuarantined'>,
  manager: EntityManager,
): Promise<void> {
  const rows = labels.map((label) => ({ label, requestId, subject }));
  return insertAll(manager, QuarantinedLabelEntity, rows);
}

/** Sorted by label, each once: the last writing stays, for of a re-written record only that one is left in the log. */
function lastOfEachLabel(records: readonly StoredRecord[]): StoredRecord[] {
  const sorted = [...records].sort((a, b) => compareBytes(a.label, b.label));
  return sorted.filter(
    ({ label }, index) => index === sorted.length - 1 || compareBytes(sorted[index + 1].label, label) !== 0,
  );
}

/** Merges the chunks of subjects who have too many. */
async function compact(subjects: readonly string[], manager: EntityManager): Promise<void> {
  await inSlices(subjects, async (slice) => {
    const crowded = await manager
      .createQueryBuilder(TrainingRecordsEntity, 'chunk')
      .select('chunk.subject', 'subject')
      .where({ subject: In([...slice]) })
      .groupBy('chunk.subject')
      .having('COUNT(*) > :most', { most: MAX_CHUNKS })
      .getRawMany<{ subject: string }>();
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
async function deletedAmong(chunks: readonly Chunk[], manager: EntityManager): Promise<ReadonlySet<string>> {
  const count = await manager.countBy(DeletedLabelEntity, { precision: 'exact' });
  const gathered = chunks.reduce((sum, { records }) => sum + records.length, 0);
  if (count <= gathered)
    return new Set(
      (await manager.findBy(DeletedLabelEntity, { precision: 'exact' })).map(({ label }) => label),
    );
  const deleted = new Set<string>();
  const labels = chunks.flatMap(({ records }) => records.map(({ label }) => toBase64Url(label)));
  await inSlices(labels, async (slice) => {
    const found = await manager.findBy(DeletedLabelEntity, { label: In([...slice]), precision: 'exact' });
    for (const { label } of found) deleted.add(label);
  });
  return deleted;
}

function isAmong(labels: ReadonlySet<string>, { label }: StoredRecord): boolean {
  return labels.size > 0 && labels.has(toBase64Url(label));
}
