import { In, type EntityManager } from 'typeorm';
import {
  keyNames,
  mergePacked,
  packRecords,
  type DataOf,
  type SealedInteraction,
  type StoredRecord,
} from '#libs/contracts';
import { fromBase64Url, toBase64Url } from '#libs/essentials';
import { generationOfStream, subjectOfStream, type PayloadSealer } from '#libs/messaging';
import {
  DeletedLabelEntity,
  positionText,
  QuarantinedLabelEntity,
  TrainingRecordsEntity,
} from './entities/index.js';
import { insertAll } from './insert-all.js';
import { openUnlessDestroyed } from './open-payload.js';
import type { ProjectedEvent, Projection } from './projection.js';

interface Chunk {
  readonly records: StoredRecord[];
  position: bigint;
}

const MAX_CHUNKS = 32;

/** The records of every person, which of them are quarantined, and the labels of those that were deleted. */
export class TrainingRecordsProjection implements Projection {
  readonly types = ['InteractionRecorded', 'RecordsQuarantined', 'RecordsErased'] as const;
  private chunks = new Map<string, Chunk>();

  constructor(private readonly sealer: PayloadSealer) {}

  async apply(event: ProjectedEvent, manager: EntityManager): Promise<void> {
    switch (event.type) {
      case 'InteractionRecorded':
        this.gather(event, event.data);
        break;
      case 'RecordsQuarantined': {
        const { requestId, subject, labels } = event.data;
        await insertAll(
          manager,
          QuarantinedLabelEntity,
          labels.map((label) => ({ label, requestId, subject })),
        );
        break;
      }
      case 'RecordsErased':
        await this.flush(manager); // what came before the erasure in this batch is subject to it
        await this.erase(event.data, manager);
        break;
      default: // not asked for
    }
  }

  async flush(manager: EntityManager): Promise<void> {
    const deleted = await deletedAmong([...this.chunks.values()], manager);
    const rows = [...this.chunks].map(([subject, { records, position }]) => ({
      subject,
      position: positionText(position),
      records: Buffer.from(
        mergePacked([packRecords(records)], ({ label }) => !deleted.has(toBase64Url(label))).packed,
      ),
    }));
    await insertAll(manager, TrainingRecordsEntity, rows);
    this.chunks = new Map();
    await this.compact(
      rows.map(({ subject }) => subject),
      manager,
    );
  }

  private gather(event: ProjectedEvent, { label, sealed }: DataOf<'InteractionRecorded'>): void {
    const { stream, position, metadata } = event;
    const subject = subjectOfStream(stream);
    const opened = openUnlessDestroyed(
      this.sealer,
      keyNames.interactions(subject, generationOfStream(stream)),
      sealed,
      event,
    );
    if (opened === undefined) return;
    const { i: item, t: type, s: time, v: value, p: purpose, o } = opened as SealedInteraction;
    const first = typeof metadata.carriedFrom === 'string' ? BigInt(metadata.carriedFrom) : position;
    const record = {
      label: fromBase64Url(label),
      opening: fromBase64Url(o),
      position: first,
      item,
      type,
      time,
      value,
      purpose,
    };
    const chunk = this.chunks.get(subject);
    if (chunk === undefined) this.chunks.set(subject, { records: [record], position });
    else {
      chunk.records.push(record);
      chunk.position = position;
    }
  }

  private async erase(erased: DataOf<'RecordsErased'>, manager: EntityManager): Promise<void> {
    const { requestId, subject, labels, coarseLabels, generation } = erased;
    const deleted = new Set(labels);
    if (generation === null) await manager.delete(TrainingRecordsEntity, { subject });
    else await rewriteChunks(subject, manager, ({ label }) => !deleted.has(toBase64Url(label)));
    await manager.delete(QuarantinedLabelEntity, { requestId });
    await insertAll(manager, DeletedLabelEntity, [
      ...labels.map((label) => ({ label, precision: 'exact' as const })),
      ...[...new Set(coarseLabels)].map((label) => ({ label, precision: 'day' as const })),
    ]);
  }

  private async compact(subjects: readonly string[], manager: EntityManager): Promise<void> {
    const crowded = await manager
      .createQueryBuilder(TrainingRecordsEntity, 'chunk')
      .select('chunk.subject', 'subject')
      .where({ subject: In([...subjects]) })
      .groupBy('chunk.subject')
      .having('COUNT(*) > :most', { most: MAX_CHUNKS })
      .getRawMany<{ subject: string }>();
    for (const { subject } of crowded) await rewriteChunks(subject, manager);
  }
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
  const { packed, count } = mergePacked(
    chunks.map(({ records }) => records),
    keep,
  );
  await manager.delete(TrainingRecordsEntity, { subject });
  if (count > 0)
    await manager.insert(TrainingRecordsEntity, {
      subject,
      position: chunks.at(-1)!.position,
      records: Buffer.from(packed),
    });
}

/** Labels of new records that were deleted before: such a record is never trained on, however it came into the log. */
async function deletedAmong(chunks: readonly Chunk[], manager: EntityManager): Promise<ReadonlySet<string>> {
  if (!(await manager.existsBy(DeletedLabelEntity, { precision: 'exact' }))) return new Set();
  const labels = chunks.flatMap(({ records }) => records.map(({ label }) => toBase64Url(label)));
  const found = await manager.findBy(DeletedLabelEntity, { label: In(labels), precision: 'exact' });
  return new Set(found.map(({ label }) => label));
}
