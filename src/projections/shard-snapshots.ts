import { In, type EntityManager } from 'typeorm';
import { packRecords, unpackRecords, type StoredRecord } from '#libs/contracts';
import { toBase64Url } from '#libs/essentials';
import type { Partition } from '#libs/sharding';
import type { ReadModels } from '#platform/read-models';
import {
  ConsentEntity,
  positionOf,
  QuarantinedLabelEntity,
  TrainingRecordsEntity,
} from './entities/index.js';
import { mergeChunks } from './merge-chunks.js';
import { isConsentedSince } from './people-queries.js';
import type { ProjectionRunner } from './projection-runner.js';
import { pushTo } from './push-to.js';

export interface SnapshotQuery {
  /** Records of this purpose, and consent for it. */
  readonly purpose: string;
  readonly partition: Partition;
  readonly shards: ReadonlySet<number>;
  /** Items of the catalogue version. */
  readonly catalogue: ReadonlySet<string>;
}

export interface ShardRecords {
  readonly subject: string;
  /** Packed, sorted by label. */
  readonly records: Uint8Array;
}

export interface ShardSnapshot {
  /** Every event up to here, and none after, is in the snapshot. */
  readonly position: bigint;
  /** Subjects by id. A shard without records is absent. */
  readonly shards: ReadonlyMap<number, readonly ShardRecords[]>;
}

const SUBJECTS_A_PAGE = 500;
const NO_LABEL = new Uint8Array(32);

/**
 * What shards train on: records that are consented to, not quarantined, and of items in the catalogue. Read in one transaction,
 * so that it is the state of the log at one position (docs/decisions/0004).
 */
export class ShardSnapshots {
  constructor(
    private readonly models: ReadModels,
    private readonly runner: ProjectionRunner,
  ) {}

  async take(query: SnapshotQuery): Promise<ShardSnapshot> {
    await this.runner.caughtUp();
    return this.models.snapshot(async (manager) => ({
      position: await this.runner.checkpoint(manager),
      shards: await collect(query, manager),
    }));
  }
}

async function collect(query: SnapshotQuery, manager: EntityManager): Promise<Map<number, ShardRecords[]>> {
  const shards = new Map<number, ShardRecords[]>();
  const quarantined = await quarantinedLabels(manager);
  const consents = await consentedSubjects(query, manager);
  for (let at = 0; at < consents.length; at += SUBJECTS_A_PAGE) {
    const page = consents.slice(at, at + SUBJECTS_A_PAGE);
    const chunks = await chunksOf(
      page.map(({ subject }) => subject),
      manager,
    );
    for (const { subject, since } of page) {
      const isTrainable = (record: StoredRecord): boolean =>
        record.purpose === query.purpose &&
        isConsentedSince(since, record) &&
        query.catalogue.has(record.item) &&
        !(quarantined.size > 0 && quarantined.has(toBase64Url(record.label)));
      for (const [shard, records] of assign(subject, chunks.get(subject) ?? [], isTrainable, query))
        pushTo(shards, shard, { subject, records });
    }
  }
  return shards;
}

/** Subjects whose consent holds, by id; with a partition by subject only those of the wanted shards. */
async function consentedSubjects(
  { purpose, partition, shards }: SnapshotQuery,
  manager: EntityManager,
): Promise<{ subject: string; since: bigint }[]> {
  const consents = await manager.find(ConsentEntity, { where: { purpose }, order: { subject: 'ASC' } });
  const wanted = (subject: string): boolean =>
    partition.kind !== 'by-subject' || shards.has(partition.shardOf({ subject, label: NO_LABEL }));
  return consents
    .filter(({ subject }) => wanted(subject))
    .map(({ subject, grantedAt }) => ({ subject, since: positionOf(grantedAt) }));
}

async function chunksOf(
  subjects: readonly string[],
  manager: EntityManager,
): Promise<Map<string, TrainingRecordsEntity[]>> {
  const rows = await manager.find(TrainingRecordsEntity, {
    where: { subject: In([...subjects]) },
    order: { subject: 'ASC', position: 'ASC' },
  });
  const chunks = new Map<string, TrainingRecordsEntity[]>();
  for (const row of rows) pushTo(chunks, row.subject, row);
  return chunks;
}

/** The subject's trainable records by wanted shard. */
function assign(
  subject: string,
  chunks: readonly TrainingRecordsEntity[],
  isTrainable: (record: StoredRecord) => boolean,
  { partition, shards }: SnapshotQuery,
): Map<number, Uint8Array> {
  const { packed, count } = mergeChunks(chunks, isTrainable);
  if (count === 0) return new Map();
  if (partition.kind === 'by-subject')
    return new Map([[partition.shardOf({ subject, label: NO_LABEL }), packed]]);
  const parts = new Map<number, StoredRecord[]>();
  for (const record of unpackRecords(packed)) {
    const shard = partition.shardOf({ subject, label: record.label });
    if (shards.has(shard)) pushTo(parts, shard, record);
  }
  return new Map([...parts].map(([shard, records]) => [shard, packRecords(records)]));
}

async function quarantinedLabels(manager: EntityManager): Promise<ReadonlySet<string>> {
  return new Set((await manager.find(QuarantinedLabelEntity)).map(({ label }) => label));
}
