import type { Genesis, ModelManifest } from '#libs/contracts';
import type { ShardJob, ShardResult } from '#libs/learning';
import type { Partition } from '#libs/sharding';

/** What one shard trains on: whole subjects or parts of them, packed (libs/contracts, packRecords). */
export interface ShardRecords {
  readonly subject: string;
  readonly records: Uint8Array;
}

export interface SnapshotQuery {
  readonly purpose: string;
  readonly partition: Partition;
  readonly shards: ReadonlySet<number>;
  /** Items of the catalogue version; records of other items stay out. */
  readonly catalogue: ReadonlySet<string>;
}

/** The trainable records as one consistent state of the projections. */
export interface ShardSnapshots {
  take(query: SnapshotQuery): Promise<{
    /** Every event up to here, and none after, is in the snapshot. */
    readonly position: bigint;
    readonly shards: ReadonlyMap<number, readonly ShardRecords[]>;
  }>;
}

export interface CatalogueVersions {
  /** Items on offer at a position, sorted by UTF-8 bytes, and the root over their descriptions (hex). */
  at(position: bigint): Promise<{ readonly items: readonly string[]; readonly root: string }>;
}

export interface ShardTrainer {
  train(job: ShardJob): Promise<ShardResult>;
}

/** Content-addressed model files; digests are SHA-256 in hex. */
export interface ModelFiles {
  put(bytes: Uint8Array): Promise<string>;
  get(digest: string): Promise<Uint8Array>;
  remove(digests: readonly string[]): Promise<void>;
  /** Lays a version out as a folder that can be copied and served as it is. */
  materialise(manifest: ModelManifest): Promise<void>;
  /** Removes the folder of a version; its manifest stays. */
  withdraw(manifest: ModelManifest): Promise<void>;
}

/** Signs what happens to a model and puts it in the ledger; repeating a call yields the index of the first. */
export interface ModelNotary {
  genesis(genesis: Genesis): Promise<number>;
  publication(manifest: ModelManifest, manifestDigest: string, publishedAt: string): Promise<number>;
  revocation(
    revoked: { line: string; version: number; manifestDigest: string; reason: 'unlearning' | 'superseded' },
    revokedAt: string,
  ): Promise<number>;
}

/** What a rebuild is doing, for people who wait. */
export interface RebuildProgress {
  (step: {
    readonly rebuildId: string;
    readonly stage: 'snapshot' | 'shard' | 'aggregator' | 'publish';
    readonly done: number;
    readonly of: number;
  }): void;
}
