import type { ModelConfig, SubModelConfig } from '#libs/contracts';
import type { Draw } from './draws.js';
import type { ChangedRecords } from './gram-changes.js';
import type { SubModelInfluences } from './influences.js';
import type { Tensor } from './safetensors.js';
import type { CanonicalCatalogue, ShardDataset } from './shard-dataset.js';

/** Called after each round with the parameters as they stand then; they are read before it returns and not kept. */
export type AfterRound = (parameters: Float32Array) => void;

/** A person as a question brings them. Nothing of it is kept (DESIGN §4.7). */
export interface Person {
  /** Pseudonym, for draws by name and for rows that a sub-model keeps of people; absent for a stranger. */
  readonly subject?: string;
  /** Catalogue items of the person's present records: indices, ascending, each once. */
  readonly present: Uint32Array;
  /** What the person has stated of themselves: indices of the catalogue's features, ascending, each once; absent where nothing is. */
  readonly features?: Uint32Array;
  /** Of each present item, how many others were met after it: 0 for the latest; absent where the order is not known. */
  readonly recency?: Uint32Array;
  /** How many of the present records each shard holds, one number a shard; absent where nobody knows. */
  readonly recordsPerShard?: Uint32Array;
}

/** Outputs of a model whose scores are inner products. */
export interface Factors {
  readonly dimensions: number;
  /** Items in catalogue order, row-major. */
  readonly items: Float32Array;
  /** Undefined where the sub-model has nothing to say of the person. */
  person(person: Person): Float32Array | undefined;
  /** The same for many people at once, row-major, where that is faster and nobody is without factors. */
  people?(persons: readonly Person[]): Float32Array;
}

/** A sub-model that answers questions: one shard of a published version. */
export interface OpenSubModel {
  /** Score of every item (catalogue order). Undefined where the sub-model has nothing to say (an empty shard). */
  score(person: Person): Float32Array | undefined;
  /** Absent where scores are not inner products, or the items' side depends on the person. */
  readonly factors?: Factors;
}

export interface Training<Config> {
  readonly dataset: ShardDataset;
  readonly config: Config;
  readonly draw: Draw;
  /** Tensors of the slice before, to go on from; absent for the first slice. */
  readonly start?: readonly Tensor[];
  readonly afterRound: AfterRound;
}

/** What has changed in a shard since an earlier version of it. */
export interface Revision<Config> {
  readonly config: Config;
  readonly catalogue: CanonicalCatalogue;
  /** Of the earlier version; their memory may be written to. */
  readonly tensors: readonly Tensor[];
  /** The people whose records have changed. */
  readonly people: readonly ChangedRecords[];
}

/** What a sub-model is opened with. */
export interface Opening<Config> {
  readonly config: Config;
  /** Catalogue order. */
  readonly items: readonly string[];
  /** Categories of each item, in that order. */
  readonly categories: readonly (readonly string[])[];
  /** Sorted; empty where the line takes none. */
  readonly features: readonly string[];
  readonly draw: Draw;
  /** Which shard of the line it is, for draws that are to differ between shards. */
  readonly shard: number;
  /** Present records of each item over all people at the time of the question: for inference, never for training (DESIGN §4.4). */
  readonly degrees?: Uint32Array;
}

/** One kind of sub-model. Everything it draws comes from `draw`; everything it sees is in the dataset (DESIGN §4.1, §4.4). */
export interface SubModelTrainer<Config extends SubModelConfig = SubModelConfig> {
  readonly kind: Config['kind'];
  /** SHA-256 of each WebAssembly module that decides its bytes, hex. */
  readonly kernels: readonly string[];
  /** What decides its bytes besides configuration and records; said honestly, because the leak lint reports by it. */
  influences(config: Config): SubModelInfluences;
  /** Refuses a configuration that cannot be trained, with a coded error. */
  validate(config: Config, model: Pick<ModelConfig, 'slices'>): void;
  /** Refuses a catalogue that is too large to be trained with; absent where none is. @throws LearningError DATASET_TOO_LARGE */
  fits?(config: Config, catalogue: CanonicalCatalogue): void;
  /** How many times `afterRound` will be called for one slice. */
  rounds(config: Config): number;
  /** Tensors of the trained shard, the first of them its main parameters. An empty dataset is legal. */
  train(training: Training<Config>): Tensor[];
  /**
   * The tensors of `train` from those of an earlier version and from what has changed since; absent where only training gives them.
   * @throws LearningError where the tensors cannot have come from the records before
   */
  revise?(revision: Revision<Config>): Tensor[];
  open(tensors: readonly Tensor[], opening: Opening<Config>): OpenSubModel;
}
