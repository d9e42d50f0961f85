import type { CatalogueIds, Genesis, ModelManifest, SliceWork, UsableEntries } from '#libs/contracts';
import type { AggregatorWork, ShardWork, TrainedShard } from '#libs/learning';
import type { JobPart } from '#libs/portal-contract';
import type { Partition } from '#libs/sharding';

export type { ModelFiles } from '#libs/contracts';

/** What one shard trains on: whole subjects or parts of them, packed (libs/contracts, packRecords). */
export interface ShardRecords {
  readonly subject: string;
  readonly records: Uint8Array;
}

export interface SnapshotQuery {
  /** By purpose, entries of the catalogue version; other records stay out. */
  readonly usable: UsableEntries;
  readonly partition: Partition;
  readonly shards: ReadonlySet<number>;
  /** Of each shard, where the log stood when its version before was made; what was put out of use by then was not in it. */
  readonly madeAt?: ReadonlyMap<number, bigint>;
}

export interface ShardSnapshot {
  /** Every event up to here, and none after, is in the snapshot. */
  readonly position: bigint;
  /** A shard without records may be absent. */
  readonly shards: ReadonlyMap<number, readonly ShardRecords[]>;
  /** Records of the shards that are quarantined: nothing trains on them, but the versions before may have. */
  readonly quarantined: ReadonlyMap<number, readonly ShardRecords[]>;
}

/** The trainable records as one consistent state of the projections. */
export interface ShardSnapshots {
  take(query: SnapshotQuery): Promise<ShardSnapshot>;
}

/** Entries on offer, sorted by UTF-8 bytes. */
export interface CatalogueVersion extends CatalogueIds {
  /** Over the descriptions, hex. */
  readonly root: string;
}

export interface CatalogueVersions {
  at(position: bigint): Promise<CatalogueVersion>;
}

/** Which version a job is for. */
export interface TrainingTicket {
  readonly rebuildId: string;
  readonly line: string;
  readonly version: number;
  /** When the first request that waits for it is due, ISO 8601; absent for a training. */
  readonly dueAt?: string;
}

/** Makes the parts of a version; their files are in the store of model files when it answers. */
export interface Trainer {
  /**
   * @param beside.map brings the dataset map of the shard; to be called once, while the job runs elsewhere or before it is sent there.
   *   What it throws is thrown when both have ended
   * @param beside.made may be called before the files are stored: then the aggregator can be begun, and nothing else
   */
  train(
    work: ShardWork,
    ticket: TrainingTicket,
    beside: { readonly map: () => MapSummary; readonly made?: (shard: TrainedShard) => void },
  ): Promise<TrainedShard>;
  /** @returns digest of the aggregator's file */
  aggregate(work: AggregatorWork, ticket: TrainingTicket): Promise<string>;
  /** Files that the next shards go on from, where reading them ahead saves time. */
  readAhead?(digests: readonly string[]): void;
  /** Shards of the next aggregator that stay what they are, where beginning with them saves time. */
  aggregateAhead?(work: AggregatorWork): void;
  /** What is made for a rebuild now, for people who watch. */
  partsOf?(rebuildId: string): readonly JobPart[];
  /** Nobody waits for the parts of a rebuild any more that were not made yet. */
  giveUp?(rebuildId: string): Promise<void>;
}

export interface People {
  /** How many have given a consent for the purpose that holds. */
  countConsented(purpose: string): Promise<number>;
}

/** A version, and what is said of it when it is published. */
export interface Publication {
  readonly manifest: ModelManifest;
  readonly manifestDigest: string;
  readonly publishedAt: string;
  /** The map of deleted labels; root in hex. */
  readonly tombstones: { readonly root: string; readonly count: number };
}

/** Signs what happens to a model and puts it in the ledger; repeating a call yields the index of the first. */
export interface ModelNotary {
  genesis(genesis: Genesis): Promise<number>;
  publication(publication: Publication): Promise<number>;
  /** Content of `model.sig`, for tools that know model folders and nothing of ledgers. */
  modelSignature(manifest: ModelManifest, manifestDigest: string): string;
  revocation(
    revoked: { line: string; version: number; manifestDigest: string; reason: 'unlearning' | 'superseded' },
    revokedAt: string,
  ): Promise<number>;
}

/** Where the map of a shard in a new version goes. */
export interface MapTarget {
  readonly line: string;
  readonly shard: number;
  readonly version: number;
  /** What the shard was in the version before; absent in the first. */
  readonly parent?: { readonly version: number; readonly datasetRoot: string };
}

/** What has probably changed since the version before: what came after a position of the log, and what has gone. */
export interface ExpectedChange {
  readonly position: bigint;
  readonly gone: readonly ShardRecords[];
}

/** The dataset maps of all versions (DESIGN §6). */
export interface ShardMaps {
  /**
   * Brings the map of a shard to the records it was trained on. Durable on return; repeating it for a version replaces it.
   * @param expected quicker than to compare all records; whoever gives it compares the root with one that was made of all of them
   */
  bring(target: MapTarget, subjects: readonly ShardRecords[], expected?: ExpectedChange): MapSummary;
}

/** The map of every label ever deleted. */
export interface TombstoneMap {
  /** As it was when the log had come to this position. */
  asOf(position: bigint): Promise<{ readonly root: string; readonly count: number }>;
}

export interface MapSummary {
  /** Hex. */
  readonly datasetRoot: string;
  readonly count: number;
}

/** What a rebuild is doing, for people who wait. */
export interface RebuildProgress {
  (step: {
    readonly rebuildId: string;
    readonly stage: 'snapshot' | 'shard' | 'aggregator' | 'publish';
    readonly done: number;
    readonly of: number;
    /** Where shards can go on from what is left of earlier versions: of those that were made up to now. */
    readonly work?: SliceWork;
  }): void;
}
