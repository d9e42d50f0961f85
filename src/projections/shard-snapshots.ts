import type { EntityManager } from 'typeorm';
import { PackedCursor } from '#libs/contracts';
import type { Partition } from '#libs/sharding';
import type { ReadModelsReader } from '#platform/read-models';
import { checkpointIn, type FoldedLog } from './folded-log.js';
import { pushTo } from './push-to.js';
import {
  joined,
  quarantinedRecords,
  trainableRecords,
  type MayHaveUsed,
  type SubjectRecords,
  type TrainableQuery,
} from './trainable-records.js';

export interface SnapshotQuery extends Omit<TrainableQuery, 'isWanted'> {
  readonly partition: Partition;
  readonly shards: ReadonlySet<number>;
  /** Of each shard, where the log stood when its version before was made; what was put out of use by then was not in it. */
  readonly madeAt?: ReadonlyMap<number, bigint>;
}

export interface ShardSnapshot {
  /** Every event up to here, and none after, is in the snapshot. */
  readonly position: bigint;
  /** Subjects by id. A shard without records is absent. */
  readonly shards: ReadonlyMap<number, readonly SubjectRecords[]>;
  /** Records of the shards that are quarantined: nothing trains on them, but the versions before may have. */
  readonly quarantined: ReadonlyMap<number, readonly SubjectRecords[]>;
}

const NO_LABEL = new Uint8Array(32);

/**
 * What shards train on: records that are consented to, not quarantined, and of entries of the catalogue. Read in one transaction,
 * so that it is the state of the log at one position (docs/decisions/0004).
 */
export class ShardSnapshots {
  constructor(
    private readonly models: ReadModelsReader,
    private readonly log: FoldedLog,
  ) {}

  async take(query: SnapshotQuery): Promise<ShardSnapshot> {
    for (;;) {
      await this.log.caughtUp();
      const { folded = 0n } = this.log;
      const snapshot = await this.models.snapshot((manager) => this.read(query, manager));
      if (snapshot.position >= folded) return snapshot; // else the server was replaced by one that lacks what was put out of use since
    }
  }

  private async read(query: SnapshotQuery, manager: EntityManager): Promise<ShardSnapshot> {
    return {
      position: await checkpointIn(manager),
      shards: await collect(query, manager, trainableRecords),
      quarantined: await collect(query, manager, (of, within) =>
        quarantinedRecords({ ...of, mayHaveUsed: wereInUse(query) }, within),
      ),
    };
  }
}

/** A record that was out of use before the shard's last version was made, as one of a person in a grace window may be for weeks, has left it already. */
function wereInUse({ partition, madeAt }: SnapshotQuery): MayHaveUsed {
  return (subject, { packed, label, opening }, since) => {
    const made = madeAt?.get(partition.shardOf({ subject, label: packed.subarray(label, opening) }));
    return made === undefined || since > made;
  };
}

async function collect(
  query: SnapshotQuery,
  manager: EntityManager,
  recordsOf: typeof trainableRecords,
): Promise<Map<number, SubjectRecords[]>> {
  const { usable, partition, shards } = query;
  // With a partition by subject, those of other shards are not even read.
  const isWanted = (subject: string): boolean =>
    partition.kind !== 'by-subject' || shards.has(partition.shardOf({ subject, label: NO_LABEL }));
  const found = new Map<number, SubjectRecords[]>();
  for await (const { subject, records } of recordsOf({ usable, isWanted }, manager))
    for (const [shard, part] of assign(subject, records, query))
      pushTo(found, shard, { subject, records: part });
  return found;
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
