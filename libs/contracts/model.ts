/**
 * Configuration of a model line, fixed at genesis: sub-model × partition × aggregator × slices.
 */
export interface ModelConfig {
  /** The consent purpose under which records may be used. */
  readonly purpose: string;
  /**
   * The consent purpose under which features of people may be used, for the sub-model `two-tower`; another one than `purpose`. Absent: none
   * are.
   */
  readonly profilePurpose?: string;
  readonly partition: PartitionConfig;
  readonly subModel: SubModelConfig;
  readonly aggregator: AggregatorConfig;
  /**
   * R: a shard trains on its first slice of records, then on the first two, and so on, each time from what came before (SISA, Bourtoule et al.,
   * IEEE S&P 2021). A record's slice follows from its label alone. Absent: 1.
   */
  readonly slices?: number;
}

/**
 * `by-subject` and `by-record` assign by keyed hash. The others cluster (RecEraser, Chen et al., WWW 2022): user-, item- and
 * interaction-based balanced partitions. They look at the data, and every certificate of such a line says so.
 */
export interface PartitionConfig {
  readonly kind: 'by-subject' | 'by-record' | DataDependentPartition;
  /** 1 … 4096. */
  readonly shards: number;
}

export type DataDependentPartition = 'ubp' | 'ibp' | 'inbp';

export type SubModelConfig = IalsConfig | BprConfig | TwoTowerConfig | GramConfig;
export type AggregatorConfig = MeanConfig | AttentionConfig | MetaConfig | EaseConfig;

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

/** Bayesian personalised ranking (Rendle et al., UAI 2009) of matrix factorisation, by Adagrad (Duchi et al., JMLR 2011). */
export interface BprConfig {
  readonly kind: 'bpr';
  /** Multiple of 4. */
  readonly dimensions: number;
  readonly epochs: number;
  readonly learningRate: number;
  readonly regularization: number;
  /** Standard deviation of the initial factors is initScale/√dimensions. */
  readonly initScale: number;
  /** How often each of a person's present items is gone through when the person is folded in. */
  readonly foldInPasses: number;
}

/**
 * Two towers of dense layers over embeddings of a person with their features and of an item with its categories; the score is the inner product of
 * their outputs, the loss a margin ranking loss. `fomaml` and `anil` are the episodic trainings of EEMU (PoPETs 2025).
 */
export interface TwoTowerConfig {
  readonly kind: 'two-tower';
  /** Floats of an embedding, for each feature; a multiple of 4. */
  readonly embedding: number;
  /** Outputs of each layer, multiples of 4; both towers end with the same. */
  readonly userLayers: readonly number[];
  readonly itemLayers: readonly number[];
  /**
   * `plain`: no inner step. `fomaml`: one inner step on the whole user side. `fomaml-both`: one on the user side and the layers of the item
   * tower. `anil`: one on the user tower's last layer only.
   */
  readonly training: 'plain' | 'fomaml' | 'fomaml-both' | 'anil';
  /** `rows`: every person of the shard has an embedding of their own. `shared`: all begin from one, and the inner step sets them apart. */
  readonly people: 'rows' | 'shared';
  readonly epochs: number;
  /** People of one step of Adam. */
  readonly batch: number;
  /** Of Adam, the outer optimiser. */
  readonly learningRate: number;
  readonly weightDecay: number;
  /** Of the inner step; not used by `plain`. */
  readonly innerRate: number;
  /** Most records of a support set. */
  readonly support: number;
  /**
   * Which of a person's present records a model adapts to when it is asked: the latest, where their order is known; or ones drawn by the
   * rarity of their items, as in the paper. Not used by `plain`.
   */
  readonly supportBy: 'recency' | 'rarity';
  /** Most records of a query set. */
  readonly queries: number;
  /** Items that are drawn from the catalogue against each query record; the one of the greatest score counts. */
  readonly negatives: number;
  /** Items of other people's query records in the batch that are set against each query record besides; 0 where none are. */
  readonly inBatch: number;
  readonly margin: number;
}

/** A shard's integer item–item Gram matrix: how many of its people have met both items. Additive over shards. */
export interface GramConfig {
  readonly kind: 'gram';
  /**
   * Which pairs of items are counted: all; those of a list given here; those within one category of the catalogue (an item's first).
   * Never chosen by what people did.
   */
  readonly scope: GramScope;
}

export type GramScope =
  | { readonly kind: 'all' }
  | { readonly kind: 'listed'; readonly items: readonly string[] }
  | { readonly kind: 'by-category' };

export interface MeanConfig {
  readonly kind: 'mean';
}

/** Attention over the shards' factors (RecEraser, Chen et al., WWW 2022, §3.4). */
export interface AttentionConfig {
  readonly kind: 'attention';
  /** Outputs of the attention layer; a multiple of 4. */
  readonly dimensions: number;
  /** People drawn, by name, to learn from; all where there are fewer. */
  readonly people: number;
  readonly epochs: number;
  readonly learningRate: number;
  readonly regularization: number;
}

/**
 * A small network over the shards' scores, the scores by a person's latest records, popularity and categories; learned episodically in
 * TensorFlow.js: each person is a task.
 */
export interface MetaConfig {
  readonly kind: 'meta';
  /** Outputs of the hidden layer. */
  readonly hidden: number;
  /** People drawn, by name, for training; all where there are fewer. */
  readonly tasks: number;
  readonly epochs: number;
  /** Of the outer steps, by Adam. */
  readonly learningRate: number;
  /** Steps that a person's copy of the network takes; 1 is joint training, 2 and more are Reptile. */
  readonly innerSteps: number;
  readonly innerRate: number;
  /**
   * Of TensorFlow.js: its WebAssembly unless told otherwise, or what @tensorflow/tfjs-node brings, where that is installed. It stands in
   * the numeric profile of the line; nobody promises the bytes of `node` on another machine.
   */
  readonly backend?: 'wasm' | 'node';
}

/** EASE (Steck, WWW 2019) over the exact integer sum of the shards' Gram matrices; for the sub-model `gram` only. */
export interface EaseConfig {
  readonly kind: 'ease';
  /** λ, added to the diagonal. */
  readonly regularization: number;
  /**
   * When a person is scored, a present record counts `decay` times as much as the one that was met after it, where the order is known.
   * 0 < decay ≤ 1; 1: all alike. It is read at inference only and changes no byte of the model.
   */
  readonly decay: number;
  /** Rows of a block of the Gauss–Jordan elimination: it decides the bits. */
  readonly block: number;
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
  /**
   * SHA-256 of the parameters after each round (epoch, sweep) over all records, hex: a replay that arrives elsewhere finds here where it first
   * differs. Absent where there is one round.
   */
  readonly rounds?: readonly string[];
  /** The model after each slice but the last; absent where there is one slice. */
  readonly checkpoints?: readonly CheckpointManifest[];
}

/** The model after a slice and all slices below it. It stands for exactly the records of those slices, whatever comes after. */
export interface CheckpointManifest {
  /** Root of the dataset map over the records of this slice alone, hex. */
  readonly datasetRoot: string;
  /** SHA-256 of the file, hex. */
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
    /** What it was trained on, where it reads records: count, and position of the last event taken in. */
    readonly records?: { readonly count: number; readonly position: string };
  };
}

/** What a registry of model files keeps. */
export interface FilesInUse {
  /** SHA-256, hex. */
  readonly digests: ReadonlySet<string>;
  /** Folders of published versions, and the names of the model files that stay in each beside its manifest. */
  readonly versions: readonly {
    readonly line: string;
    readonly version: number;
    readonly files: readonly string[];
  }[];
}

/** What it destroyed because nothing names it. */
export interface Swept {
  readonly files: number;
  readonly bytes: number;
}

/** Model files by their SHA-256 (hex), and published versions laid out beside them. */
export interface ModelFiles {
  /**
   * Stores a file; storing it again repairs it. The bytes may be handed on to whoever asks for the file first: nobody may write to them.
   * @returns its SHA-256, hex
   */
  put(bytes: Uint8Array): Promise<string>;
  /**
   * A file for the caller alone: its memory may be used up.
   * @param allocate memory for it, where the store reads into memory that it is given; bytes
   * @throws RegistryError MODEL_FILE_MISSING, MODEL_FILE_DAMAGED, MODEL_DIGEST_MALFORMED
   */
  get(digest: string, allocate?: (bytes: number) => ArrayBufferLike): Promise<Uint8Array>;
  /** Bytes that files take; those that are not there take none. */
  sizeOf(digests: readonly string[]): Promise<number>;
  /**
   * Lays a version out so that it can be copied and served as it is; the manifest comes last. Repeating it is harmless.
   * @param signature over the version: content of `model.sig`
   * @throws RegistryError as `get` does, MODEL_LINE_NAME_INVALID
   */
  materialise(manifest: ModelManifest, signature: string): Promise<void>;
  /** Content of a laid-out version's `model.sig`. @throws RegistryError MODEL_FILE_MISSING */
  signatureOf(manifest: ModelManifest): Promise<Uint8Array>;
  /**
   * Destroys every file for good that is neither among the digests nor in the layout of a published version by one of its names, with
   * what interrupted writes have left. Manifests of these versions stay, for those who verify later.
   */
  keepOnly(inUse: FilesInUse): Promise<Swept>;
}
