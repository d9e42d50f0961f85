import type { AggregatorConfig, ModelConfig } from '#libs/contracts';
import type { WeightsSolver } from '#libs/kernels';
import type { Draw } from './draws.js';
import type { Influences } from './influences.js';
import type { Tensor } from './safetensors.js';
import type { ShardDataset } from './shard-dataset.js';
import type { OpenSubModel, Person } from './sub-model.js';

/** What an aggregator may know of a shard when it is built; more than the count only where its kind reads it. */
export interface AggregatedShard {
  readonly shard: number;
  /** Records in the shard. */
  readonly count: number;
  /** Tensors of the shard's model file. */
  readonly tensors: readonly Tensor[];
  /** The shard's records that are present now. */
  readonly dataset: ShardDataset;
  /** The sub-model, opened. Opening takes memory: keep it as long as it is needed. */
  open(): OpenSubModel;
}

export interface Aggregation<Config> {
  readonly config: Config;
  readonly model: ModelConfig;
  /** Catalogue order. */
  readonly items: readonly string[];
  readonly categories: readonly (readonly string[])[];
  /** All shards of the line, in order. */
  readonly shards: readonly AggregatedShard[];
  readonly draw: Draw;
  /** For kinds that say so. */
  readonly solve: WeightsSolver;
  /**
   * Room for the numbers of one of the file's tensors, zeros, where they lie in the file already: where `build` returns it with them, and
   * these same tensors beside it, nothing is copied any more. Undefined where there is none; then memory of its own does as well.
   */
  room?(lacking: Omit<Tensor, 'data'>, beside: readonly Tensor[]): Float32Array | undefined;
  /** Memory that `solve` reads quickest, zeros; bytes. */
  readonly allocate: (bytes: number) => ArrayBufferLike;
  /** What some of the shards add up to; their files are not there then. */
  readonly summed?: SummedShards;
  /** Shards that have been added to `summed`, and are to be taken away again. */
  readonly without?: readonly AggregatedShard[];
}

/** What a kind that adds up its shards has made of some of them. */
export interface SummedShards {
  readonly shards: readonly number[];
  /** Used up where the sum goes on. */
  readonly counts: Uint32Array;
}

/** What a shard says of a person; undefined for one that is empty or quarantined. */
export type ShardAnswers = readonly (Float32Array | undefined)[];

/** An aggregator that answers: from the scores of the shards to one score per item. */
export interface OpenAggregator {
  /** Whether `combine` reads the shards' scores; false where it needs only the person. */
  readonly readsScores: boolean;
  /** @param scores one entry a shard. Undefined when nothing can be said. */
  combine(scores: ShardAnswers, person: Person): Float32Array | undefined;
}

export interface AggregatorOpening<Config> {
  readonly config: Config;
  readonly model: Pick<ModelConfig, 'subModel'>;
  readonly items: readonly string[];
  readonly categories: readonly (readonly string[])[];
  /** The line's sub-models, in order. */
  readonly shards: readonly OpenSubModel[];
}

/** A library that computes what our kernels do not. */
export interface AggregatorEngine {
  /** Joined to the numeric profile of the line: backend, version, and after the plus what is promised of its bytes. */
  readonly numericProfile: string;
  /** SHA-256 of each WebAssembly module of it, hex. */
  readonly kernels: readonly string[];
  /** Loads it; to be awaited before `build`. @throws LearningError ENGINE_NOT_INSTALLED, ENGINE_VERSION_MISMATCH */
  ready(): Promise<void>;
}

/** One kind of aggregator. It is a model too and is rebuilt whenever a shard is (DESIGN §4.7). */
export interface AggregatorKind<Config extends AggregatorConfig = AggregatorConfig> {
  readonly kind: Config['kind'];
  /** What `build` is given. An aggregator that reads more than counts is not asked while any shard is quarantined. */
  readonly reads: 'counts' | 'files' | 'files-and-records';
  /** Whether its answers need the shards' models. Where they do not, a version serves from the aggregator's file alone. */
  readonly asksShards: boolean;
  /** Whether `build` calls `solve`. */
  readonly solves?: boolean;
  /** SHA-256 of each WebAssembly module that decides its bytes, hex. */
  readonly kernels: readonly string[];
  /** What decides its bytes besides configuration and what it reads; said honestly, because the leak lint reports by it. */
  readonly influences: Influences;
  /** Refuses a configuration that cannot be built, or does not fit the rest of the line. */
  validate(config: Config, model: Pick<ModelConfig, 'subModel' | 'partition'>): void;
  /** What computes in `build`, where that is another engine than our kernels. Answering needs none. */
  engine?(config: Config): AggregatorEngine;
  /** Adds up shards, which may be some of a line's, where `build` adds up all of them first: exactly, so that the order is of no matter. */
  sum?(aggregation: Omit<Aggregation<Config>, 'draw' | 'solve'>): Uint32Array;
  build(aggregation: Aggregation<Config>): Tensor[];
  open(tensors: readonly Tensor[], opening: AggregatorOpening<Config>): OpenAggregator;
}
