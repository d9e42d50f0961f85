import type { ModelManifest, RebuildEvent, ShardManifest, SliceWork } from '#libs/contracts';
import { shardsToRebuild, type LiveRebuild, type ModelLineState, type RebuildPlan } from '#libs/erasure';
import { isCodedError } from '#libs/essentials';
import {
  aggregatorReads,
  canRevise,
  countRecords,
  lastRounds,
  type KeptCheckpoint,
  type PreviousShard,
  type ShardResult,
  type ShardSummary,
} from '#libs/learning';
import type { Partition } from '#libs/sharding';
import { traced } from '#platform/tracing';
import type {
  CatalogueVersion,
  ExpectedChange,
  MapSummary,
  MapTarget,
  ModelFiles,
  RebuildProgress,
  ShardMaps,
  ShardSnapshot,
  ShardSnapshots,
  Trainer,
} from './ports.js';
import { UnlearningError } from './unlearning-error.js';

export interface VersionBuildParts {
  readonly snapshots: ShardSnapshots;
  readonly trainer: Trainer;
  readonly maps: ShardMaps;
  readonly files: ModelFiles;
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
}

const LOST: ReadonlySet<string> = new Set(['MODEL_FILE_MISSING', 'MODEL_FILE_DAMAGED']);

/** Builds the parts of one version that are still missing: shards, then the aggregator. Each leaves a file and an event. */
export class VersionBuild {
  private everything: Promise<ShardSnapshot> | undefined;
  /** Files of shards that stay what they are, by shard: read while the others are rebuilt. */
  private readonly unchanged = new Map<number, Promise<Uint8Array>>();

  constructor(
    private readonly parts: VersionBuildParts,
    private readonly of: VersionIngredients,
    private readonly record: (event: RebuildEvent, part: string) => Promise<void>,
    private readonly progress: RebuildProgress,
  ) {}

  async shards(state: LiveRebuild): Promise<void> {
    const missing = shardsToRebuild(state);
    if (missing.length === 0) return;
    const { rebuildId, shards } = this.of.plan;
    let done = shards.length - missing.length;
    let work: SliceWork | undefined;
    this.progress({ rebuildId, stage: 'snapshot', done, of: shards.length });
    const snapshot = await this.snapshot(missing);
    this.progress({ rebuildId, stage: 'shard', done, of: shards.length });
    await Promise.all(
      missing.map(async (shard) => {
        const result = await traced('unlearning.shard', { 'lacuna.shard': shard }, async () => {
          const trained = await this.train(shard, snapshot);
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

  private async aggregate(state: LiveRebuild): Promise<void> {
    const { rebuildId } = this.of.plan;
    this.progress({ rebuildId, stage: 'aggregator', done: 0, of: 1 });
    const snapshot = this.readsRecords() ? await this.snapshot([]) : undefined;
    const { genesis } = this.of.line;
    const file = await this.parts.trainer.aggregate(async () => {
      const shards = await Promise.all(this.shardSummaries(state, snapshot));
      return { genesis, ...this.of.catalogue, shards };
    });
    const digest = await this.parts.files.put(file);
    const data = { rebuildId, digest, rebuiltAt: this.parts.now() };
    const event = snapshot === undefined ? data : { ...data, records: countedAt(snapshot) };
    await this.record({ type: 'AggregatorRebuilt', data: event }, 'aggregator');
    this.progress({ rebuildId, stage: 'aggregator', done: 1, of: 1 });
  }

  /** The shards' records; those of all shards, taken once, where the aggregator reads them, too. */
  private snapshot(shards: readonly number[]): Promise<ShardSnapshot> {
    const { partition, line, catalogue } = this.of;
    const take = (wanted: readonly number[]): Promise<ShardSnapshot> =>
      this.parts.snapshots.take({
        purpose: line.genesis.config.purpose,
        partition,
        shards: new Set(wanted),
        catalogue: new Set(catalogue.items),
      });
    if (!this.readsRecords()) return take(shards);
    return (this.everything ??= take(Array.from({ length: partition.shards }, (_, shard) => shard)));
  }

  /** The shard's map is brought forward while the shard is trained: both say what its dataset is, and must agree. */
  private async train(shard: number, snapshot: ShardSnapshot): Promise<ShardResult> {
    const { line, catalogue } = this.of;
    const subjects = snapshot.shards.get(shard) ?? [];
    const target = this.mapTarget(shard);
    let map: MapSummary | undefined;
    const result = await this.parts.trainer.train(
      async () => ({
        genesis: line.genesis,
        shard,
        items: catalogue.items,
        categories: catalogue.categories,
        subjects,
        checkpoints: await this.keptCheckpoints(shard),
        previous: await this.previousVersion(shard, snapshot),
      }),
      {
        meanwhile: () => {
          this.readUnchanged();
          map = this.parts.maps.bring(target, subjects, this.expectedChange(shard, snapshot));
        },
      },
    );
    if (!isDatasetOf(map, result)) map = this.parts.maps.bring(target, subjects); // by all records: more than expected has changed
    if (!isDatasetOf(map, result)) throw mapMismatch(target);
    return result;
  }

  /** The shard of the serving version, where its kind can go on from there. A training begins anew, whatever there is. */
  private async previousVersion(
    shard: number,
    { quarantined }: ShardSnapshot,
  ): Promise<PreviousShard | undefined> {
    const before = this.canRevise() ? this.unlearnedFrom(shard) : undefined;
    if (before === undefined) return undefined;
    const { datasetRoot, digest, position } = before;
    const file = await this.fileUnlessLost(digest);
    return file && { datasetRoot, digest, position, file, withdrawn: quarantined.get(shard) ?? [] };
  }

  /**
   * What the serving version has left of the shard's slices. Whether a checkpoint still belongs to the records, the job finds out; that
   * the catalogue is the same is seen here. One that was lost costs time, and nothing else.
   */
  private async keptCheckpoints(shard: number): Promise<KeptCheckpoint[]> {
    const { parent, catalogue } = this.of;
    const kept: KeptCheckpoint[] = [];
    if (parent?.catalogue.root !== catalogue.root) return kept;
    for (const checkpoint of parent.shards[shard].checkpoints ?? []) {
      const file = await this.fileUnlessLost(checkpoint.digest);
      if (file === undefined) break;
      kept.push({ ...checkpoint, file });
    }
    return kept;
  }

  private async fileUnlessLost(digest: string): Promise<Uint8Array | undefined> {
    try {
      return await this.parts.files.get(digest);
    } catch (error) {
      if (isCodedError(error) && LOST.has(error.code)) return undefined;
      throw error;
    }
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

  private async keep(result: ShardResult, position: bigint): Promise<void> {
    const { shard, datasetRoot, count, work } = result;
    const { rebuildId } = this.of.plan;
    const digest = await this.parts.files.put(result.file);
    for (const { file } of result.checkpoints) if (file !== undefined) await this.parts.files.put(file);
    const made = { rebuildId, shard, datasetRoot, count, digest, position: position.toString() };
    const rounds = lastRounds(result, this.of.line.genesis.config);
    const data = rounds.length > 1 ? { ...made, rounds } : made;
    const checkpoints = result.checkpoints.map((one) => ({
      datasetRoot: one.datasetRoot,
      digest: one.digest,
    }));
    const unsliced = this.canRevise() ? { ...data, work } : data;
    await this.record(
      { type: 'ShardRebuilt', data: this.hasSlices() ? { ...data, checkpoints, work } : unsliced },
      `shard-${shard}`,
    );
  }

  /** Every shard as the aggregator's job carries it: what was rebuilt, and the parent's for the rest. */
  private shardSummaries(
    { shards }: LiveRebuild,
    snapshot: ShardSnapshot | undefined,
  ): Promise<ShardSummary>[] {
    const { line, parent, partition } = this.of;
    const reads = aggregatorReads(line.genesis.config);
    return Array.from({ length: partition.shards }, async (_, shard): Promise<ShardSummary> => {
      const made = shards.get(shard) ?? parent?.shards[shard];
      if (made === undefined) throw new TypeError(`shard ${shard} is neither rebuilt nor kept`);
      const read = (): Promise<Uint8Array> => this.unchanged.get(shard) ?? this.parts.files.get(made.digest);
      const file = reads === 'counts' ? undefined : await read();
      const subjects = snapshot && (snapshot.shards.get(shard) ?? []);
      return { shard, count: made.count, file, subjects };
    });
  }

  /** The aggregator's job needs them; that one is missing or damaged is said when it is asked for. */
  private readUnchanged(): void {
    const { line, plan, parent } = this.of;
    if (parent === undefined || aggregatorReads(line.genesis.config) === 'counts') return;
    for (const { shard, digest } of parent.shards) {
      if (plan.shards.includes(shard) || this.unchanged.has(shard)) continue;
      const file = this.parts.files.get(digest);
      file.catch(() => undefined);
      this.unchanged.set(shard, file);
    }
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

function isDatasetOf(map: MapSummary | undefined, { datasetRoot, count }: ShardResult): boolean {
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
