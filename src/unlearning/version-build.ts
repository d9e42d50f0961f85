import {
  usableEntries,
  type CheckpointManifest,
  type ModelManifest,
  type RebuildEvent,
  type ShardManifest,
  type SliceWork,
} from '#libs/contracts';
import { shardsToRebuild, type LiveRebuild, type ModelLineState, type RebuildPlan } from '#libs/erasure';
import {
  aggregatorReads,
  canRevise,
  countRecords,
  lastRounds,
  type AggregatorWork,
  type ShardWork,
  type TrainedShard,
} from '#libs/learning';
import type { Partition } from '#libs/sharding';
import { traced } from '#platform/tracing';
import type {
  CatalogueVersion,
  ExpectedChange,
  MapSummary,
  MapTarget,
  RebuildProgress,
  ShardMaps,
  ShardSnapshot,
  ShardSnapshots,
  Trainer,
  TrainingTicket,
} from './ports.js';
import { UnlearningError } from './unlearning-error.js';

export interface VersionBuildParts {
  readonly snapshots: ShardSnapshots;
  readonly trainer: Trainer;
  readonly maps: ShardMaps;
  readonly now: () => string;
}

/** What a version in the making is made of. */
export interface VersionIngredients {
  readonly line: ModelLineState;
  readonly partition: Partition;
  readonly plan: RebuildPlan;
  readonly catalogue: CatalogueVersion;
  /** The version that serves; undefined for the first. */
  readonly parent: ModelManifest | undefined;
  readonly ticket: TrainingTicket;
}

/** What the aggregator's job says of a shard. */
type MadeShard = Pick<ShardManifest, 'count' | 'digest'>;

/** Builds the parts of one version that are still missing: shards, then the aggregator. Each leaves a file and an event. */
export class VersionBuild {
  private everything: Promise<ShardSnapshot> | undefined;
  /** The aggregator's digest, where it was begun before everything else was stored. */
  private begun: Promise<string> | undefined;

  constructor(
    private readonly parts: VersionBuildParts,
    private readonly of: VersionIngredients,
    private readonly record: (event: RebuildEvent, part: string) => Promise<void>,
    private readonly progress: RebuildProgress,
  ) {}

  async shards(state: LiveRebuild): Promise<void> {
    const missing = shardsToRebuild(state);
    if (missing.length === 0) return;
    try {
      await this.rebuild(missing, state);
    } catch (failure) {
      await this.begun?.catch(() => undefined); // nothing of this rebuild goes on when it has failed
      throw failure;
    }
  }

  private async rebuild(missing: readonly number[], state: LiveRebuild): Promise<void> {
    const { rebuildId, shards } = this.of.plan;
    let done = shards.length - missing.length;
    let work: SliceWork | undefined;
    this.progress({ rebuildId, stage: 'snapshot', done, of: shards.length });
    this.readPrevious(missing);
    this.readUnchanged();
    const snapshot = await this.snapshot(missing);
    this.progress({ rebuildId, stage: 'shard', done, of: shards.length });
    // One alone has nothing else to do while its file is written; of several, most are written while others are trained.
    const made = missing.length === 1 ? (shard: TrainedShard) => this.begin(state, shard) : undefined;
    await Promise.all(
      missing.map(async (shard) => {
        const result = await traced('unlearning.shard', { 'lacuna.shard': shard }, async () => {
          const trained = await this.train(shard, snapshot, made);
          await this.keep(trained, snapshot.position);
          return trained;
        });
        if (this.hasSlices() || this.canRevise()) work = sumOf(work, result.work);
        this.progress({ rebuildId, stage: 'shard', done: ++done, of: shards.length, work });
      }),
    );
  }

  async aggregator(state: LiveRebuild): Promise<void> {
    if (state.status !== 'rebuilt') await traced('unlearning.aggregator', {}, () => this.aggregate(state));
  }

  /** Before the last shard's file is stored: what is recorded waits for that, what is computed need not. */
  private begin(state: LiveRebuild, last: TrainedShard): void {
    this.begun = this.made({ shards: new Map<number, MadeShard>(state.shards).set(last.shard, last) });
    this.begun.catch(() => undefined); // told where it is awaited
  }

  private async made({ shards: made }: { readonly shards: ReadonlyMap<number, MadeShard> }): Promise<string> {
    const shards = this.shardSummaries(made, await this.recordsRead());
    return this.parts.trainer.aggregate(this.aggregatorWork(shards), this.of.ticket);
  }

  private aggregatorWork(shards: AggregatorWork['shards']): AggregatorWork {
    const { genesis } = this.of.line;
    const { items, categories, features } = this.of.catalogue;
    return { genesis, items, categories, features, shards };
  }

  private async recordsRead(): Promise<ShardSnapshot | undefined> {
    return this.readsRecords() ? this.snapshot([]) : undefined;
  }

  private async aggregate(state: LiveRebuild): Promise<void> {
    const { rebuildId } = this.of.plan;
    this.progress({ rebuildId, stage: 'aggregator', done: 0, of: 1 });
    const snapshot = await this.recordsRead();
    const digest = await (this.begun ?? this.made(state));
    const data = { rebuildId, digest, rebuiltAt: this.parts.now() };
    const event = snapshot === undefined ? data : { ...data, records: countedAt(snapshot) };
    await this.record({ type: 'AggregatorRebuilt', data: event }, 'aggregator');
    this.progress({ rebuildId, stage: 'aggregator', done: 1, of: 1 });
  }

  /** The shards' records; those of all shards, taken once, where the aggregator reads them, too. */
  private snapshot(shards: readonly number[]): Promise<ShardSnapshot> {
    const { partition, line, catalogue, parent } = this.of;
    const madeAt = new Map(parent?.shards.map(({ shard, position }) => [shard, BigInt(position)]));
    const take = (wanted: readonly number[]): Promise<ShardSnapshot> =>
      this.parts.snapshots.take({
        usable: usableEntries(line.genesis.config, catalogue),
        partition,
        shards: new Set(wanted),
        madeAt,
      });
    if (!this.readsRecords()) return take(shards);
    return (this.everything ??= take(Array.from({ length: partition.shards }, (_, shard) => shard)));
  }

  /** The shard's map is brought forward while the shard is trained: both say what its dataset is, and must agree. */
  private async train(
    shard: number,
    snapshot: ShardSnapshot,
    made?: (shard: TrainedShard) => void,
  ): Promise<TrainedShard> {
    const { line, catalogue, ticket } = this.of;
    const subjects = snapshot.shards.get(shard) ?? [];
    const target = this.mapTarget(shard);
    let map: MapSummary | undefined;
    const work: ShardWork = {
      genesis: line.genesis,
      shard,
      items: catalogue.items,
      categories: catalogue.categories,
      features: catalogue.features,
      subjects,
      checkpoints: this.keptCheckpoints(shard),
      previous: this.previousVersion(shard, snapshot),
    };
    const result = await this.parts.trainer.train(work, ticket, {
      map: () => (map = this.parts.maps.bring(target, subjects, this.expectedChange(shard, snapshot))),
      made,
    });
    if (!isDatasetOf(map, result)) map = this.parts.maps.bring(target, subjects); // by all records: more than expected has changed
    if (!isDatasetOf(map, result)) throw mapMismatch(target);
    return result;
  }

  /** The shard of the serving version, where its kind can go on from there. A training begins anew, whatever there is. */
  private previousVersion(shard: number, { quarantined }: ShardSnapshot): ShardWork['previous'] {
    const before = this.canRevise() ? this.unlearnedFrom(shard) : undefined;
    if (before === undefined) return undefined;
    const { datasetRoot, digest, position } = before;
    return { datasetRoot, digest, position, withdrawn: quarantined.get(shard) ?? [] };
  }

  /**
   * What the serving version has left of the shard's slices. Whether a checkpoint still belongs to the records, the job finds out; that
   * the catalogue is the same is seen here.
   */
  private keptCheckpoints(shard: number): readonly CheckpointManifest[] {
    const { parent, catalogue } = this.of;
    return parent?.catalogue.root === catalogue.root ? (parent.shards[shard].checkpoints ?? []) : [];
  }

  /** The shard in the version whose records are to be unlearned from it, of the same catalogue; undefined in a training. */
  private unlearnedFrom(shard: number): ShardManifest | undefined {
    const { parent, catalogue, plan } = this.of;
    return plan.reason === 'unlearning' && parent?.catalogue.root === catalogue.root
      ? parent.shards[shard]
      : undefined;
  }

  private mapTarget(shard: number): MapTarget {
    const { line, version, parentVersion } = this.of.plan;
    const before = this.of.parent?.shards[shard];
    const parent = before &&
      parentVersion !== null && { version: parentVersion, datasetRoot: before.datasetRoot };
    return { line, shard, version, ...(parent && { parent }) };
  }

  private expectedChange(shard: number, { quarantined }: ShardSnapshot): ExpectedChange | undefined {
    const before = this.unlearnedFrom(shard);
    return before && { position: BigInt(before.position), gone: quarantined.get(shard) ?? [] };
  }

  private async keep(result: TrainedShard, position: bigint): Promise<void> {
    const { shard, datasetRoot, count, digest, checkpoints, work } = result;
    const { rebuildId } = this.of.plan;
    const made = { rebuildId, shard, datasetRoot, count, digest, position: position.toString() };
    const rounds = lastRounds(result, this.of.line.genesis.config);
    const data = rounds.length > 1 ? { ...made, rounds } : made;
    const unsliced = this.canRevise() ? { ...data, work } : data;
    await this.record(
      { type: 'ShardRebuilt', data: this.hasSlices() ? { ...data, checkpoints, work } : unsliced },
      `shard-${shard}`,
    );
  }

  /** Every shard as the aggregator's job names it: what was rebuilt, and the parent's for the rest. */
  private shardSummaries(
    shards: ReadonlyMap<number, MadeShard>,
    snapshot: ShardSnapshot | undefined,
  ): AggregatorWork['shards'] {
    const { line, parent, partition } = this.of;
    const readsFiles = aggregatorReads(line.genesis.config) !== 'counts';
    return Array.from({ length: partition.shards }, (_, shard) => {
      const made = shards.get(shard) ?? parent?.shards[shard];
      if (made === undefined) throw new TypeError(`shard ${shard} is neither rebuilt nor kept`);
      const subjects = snapshot && (snapshot.shards.get(shard) ?? []);
      return { shard, count: made.count, ...(readsFiles && { digest: made.digest }), subjects };
    });
  }

  /** The shards to go on from, while the records are looked up. */
  private readPrevious(missing: readonly number[]): void {
    if (!this.canRevise()) return;
    this.parts.trainer.readAhead?.(missing.flatMap((shard) => this.unlearnedFrom(shard)?.digest ?? []));
  }

  /** The aggregator's job needs them, and they stay what they are while the others are rebuilt. */
  private readUnchanged(): void {
    const { line, plan, parent } = this.of;
    if (parent === undefined || aggregatorReads(line.genesis.config) === 'counts') return;
    const unchanged = parent.shards.filter(({ shard }) => !plan.shards.includes(shard));
    const shards = unchanged.map(({ shard, count, digest }) => ({ shard, count, digest }));
    this.parts.trainer.aggregateAhead?.(this.aggregatorWork(shards));
  }

  private readsRecords(): boolean {
    return aggregatorReads(this.of.line.genesis.config) === 'files-and-records';
  }

  private canRevise(): boolean {
    return canRevise(this.of.line.genesis.config);
  }

  private hasSlices(): boolean {
    return this.of.line.genesis.config.slices !== undefined;
  }
}

function isDatasetOf(
  map: MapSummary | undefined,
  { datasetRoot, count }: Pick<TrainedShard, 'datasetRoot' | 'count'>,
): boolean {
  return map?.datasetRoot === datasetRoot && map.count === count;
}

/** Before anything says that the shard is rebuilt: a version whose changes cannot be proven must not be published. */
function mapMismatch({ line, shard, version }: MapTarget): UnlearningError {
  return new UnlearningError(
    'DATASET_MAP_MISMATCH',
    'the dataset map of a shard is not that of its training',
    {
      facts: { line, shard, version },
      nextStep: 'Move datasets.db away and repeat the step: the map is then built from nothing.',
    },
  );
}

function sumOf(some: SliceWork | undefined, more: SliceWork): SliceWork {
  return some === undefined ? more : { all: some.all + more.all, saved: some.saved + more.saved };
}

function countedAt({ shards, position }: ShardSnapshot): { count: number; position: string } {
  let count = 0;
  for (const subjects of shards.values()) for (const { records } of subjects) count += countRecords(records);
  return { count, position: position.toString() };
}
