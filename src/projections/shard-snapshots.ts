import { In, type EntityManager } from 'typeorm';
import { mergePacked, PackedCursor } from '#libs/contracts';
import { TextTable, toBase64Url } from '#libs/essentials';
import type { Partition } from '#libs/sharding';
import type { ReadModels } from '#platform/read-models';
import {
  ConsentEntity,
  positionOf,
  QuarantinedLabelEntity,
  TrainingRecordsEntity,
} from './entities/index.js';
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

/** Whether the record that the cursor stands on may be trained on. */
type IsTrainable = (record: PackedCursor) => boolean;

async function collect(query: SnapshotQuery, manager: EntityManager): Promise<Map<number, ShardRecords[]>> {
  const shards = new Map<number, ShardRecords[]>();
  const quarantined = await quarantinedLabels(manager);
  const consents = await consentedSubjects(query, manager);
  const isUsable = usable(query);
  for (let at = 0; at < consents.length; at += SUBJECTS_A_PAGE) {
    const page = consents.slice(at, at + SUBJECTS_A_PAGE);
    const chunks = await chunksOf(
      page.map(({ subject }) => subject),
      manager,
    );
    for (const { subject, since } of page) {
      const labels = quarantined.get(subject);
      const isTrainable: IsTrainable = (record) =>
        isUsable(record) && isConsentedSince(since, record) && !labels?.has(labelOf(record));
      const records = trainableOf(chunks.get(subject) ?? [], isTrainable);
      for (const [shard, part] of assign(subject, records, query))
        pushTo(shards, shard, { subject, records: part });
    }
  }
  return shards;
}

/** Records of the wanted purpose and of items in the catalogue, told by their bytes. */
function usable({ purpose, catalogue }: SnapshotQuery): IsTrainable {
  const items = new TextTable(catalogue);
  const purposes = new TextTable([purpose]);
  return (record) =>
    purposes.indexOf(record.packed, record.purpose, record.purposeEnd) === 0 &&
    items.indexOf(record.packed, record.item, record.itemEnd) >= 0;
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

/** A subject's chunks, oldest first, as one: the trainable records, sorted by label, each once. */
function trainableOf(chunks: readonly TrainingRecordsEntity[], isTrainable: IsTrainable): Uint8Array {
  const kept = chunks.map(({ records }) => keepOnly(records, isTrainable)).reverse();
  return kept.length === 1 ? kept[0] : mergePacked(kept).packed;
}

/** The records that are trainable: the chunk itself where all of them are, which is the rule. */
function keepOnly(chunk: Uint8Array, isTrainable: IsTrainable): Uint8Array {
  const cursor = new PackedCursor(chunk);
  const kept: Uint8Array[] = [];
  let from = 0; // of the kept records that are not in `kept` yet
  while (cursor.next()) {
    if (isTrainable(cursor)) continue;
    kept.push(chunk.subarray(from, cursor.label));
    from = cursor.purposeEnd;
  }
  return from === 0 ? chunk : joined([...kept, chunk.subarray(from)]);
}

/** The subject's records by wanted shard. */
function assign(
  subject: string,
  records: Uint8Array,
  { partition, shards }: SnapshotQuery,
): Map<number, Uint8Array> {
  if (records.length === 0) return new Map();
  if (partition.kind === 'by-subject')
    return new Map([[partition.shardOf({ subject, label: NO_LABEL }), records]]);
  const parts = new Map<number, Uint8Array[]>();
  const cursor = new PackedCursor(records);
  while (cursor.next()) {
    const shard = partition.shardOf({ subject, label: records.subarray(cursor.label, cursor.opening) });
    if (shards.has(shard)) pushTo(parts, shard, records.subarray(cursor.label, cursor.purposeEnd));
  }
  return new Map([...parts].map(([shard, list]) => [shard, joined(list)]));
}

async function quarantinedLabels(manager: EntityManager): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const labels = new Map<string, Set<string>>();
  for (const { subject, label } of await manager.find(QuarantinedLabelEntity)) {
    const known = labels.get(subject);
    if (known === undefined) labels.set(subject, new Set([label]));
    else known.add(label);
  }
  return labels;
}

function labelOf({ packed, label, opening }: PackedCursor): string {
  return toBase64Url(packed.subarray(label, opening));
}

/** One after the other; there may be more parts than a call takes arguments. */
function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
