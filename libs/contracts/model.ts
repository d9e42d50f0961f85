/**
 * Configuration of a model line, fixed at genesis. Other sub-models, partitions and aggregators join these unions.
 */
export interface ModelConfig {
  /** The consent purpose under which records may be used. */
  readonly purpose: string;
  readonly partition: PartitionConfig;
  readonly subModel: SubModelConfig;
  readonly aggregator: AggregatorConfig;
}

export interface PartitionConfig {
  readonly kind: 'by-subject' | 'by-record';
  /** 1 … 4096. */
  readonly shards: number;
}

export type SubModelConfig = IalsConfig;
export type AggregatorConfig = MeanConfig;

/**
 * iALS with the weighting of Rendle et al., "Revisiting the Performance of iALS on Item Recommendation Benchmarks" (RecSys 2022):
 * A = α0·YᵀY + Σ yyᵀ + λ(n_u + α0·N_other)^ν·I with ν = 1.
 */
export interface IalsConfig {
  readonly kind: 'ials';
  /** Multiple of 4. */
  readonly dimensions: number;
  readonly unobservedWeight: number;
  readonly regularization: number;
  readonly sweeps: number;
  /** Standard deviation of the initial item factors is initScale/√dimensions. */
  readonly initScale: number;
}

export interface MeanConfig {
  readonly kind: 'mean';
}

/** Logged before the first record is used; changing any of it starts a new line (DESIGN §4.8). */
export interface Genesis {
  readonly schema: 'urn:lacuna:model-genesis:v1';
  readonly line: string;
  /** 32 bytes, hex. Public: it decides initial factors, and nobody may choose it afterwards. */
  readonly seed: string;
  readonly config: ModelConfig;
  readonly configDigest: string;
  /** SHA-256 of "lacuna/partition-key/v1" ‖ partition key; hex. */
  readonly partitionKeyCommitment: string;
  readonly codeDigest: string;
  readonly kernelDigest: string;
  readonly numericProfile: string;
  readonly createdAt: string;
}

export interface ShardManifest {
  readonly shard: number;
  /** Root of the shard's dataset map, hex. */
  readonly datasetRoot: string;
  readonly count: number;
  /** Position of the last event that this dataset has taken in, decimal. */
  readonly position: string;
  /** File name in the version's folder, and SHA-256 of the file, hex. */
  readonly file: string;
  readonly digest: string;
}

/** Canonical JSON (JCS); its SHA-256 names the version (DESIGN §6). */
export interface ModelManifest {
  readonly schema: 'urn:lacuna:model-manifest:v1';
  readonly line: string;
  readonly version: number;
  /** Digest of the previous version's manifest, hex; null for the first. */
  readonly parent: string | null;
  readonly genesisDigest: string;
  readonly configDigest: string;
  readonly codeDigest: string;
  readonly kernelDigest: string;
  readonly numericProfile: string;
  readonly catalogue: { readonly root: string; readonly count: number; readonly position: string };
  readonly partition: { readonly kind: PartitionConfig['kind']; readonly shards: number };
  readonly shards: readonly ShardManifest[];
  readonly aggregator: {
    readonly kind: AggregatorConfig['kind'];
    readonly file: string;
    readonly digest: string;
  };
}
