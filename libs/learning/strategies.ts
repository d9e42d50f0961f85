import type {
  AggregatorConfig,
  DataDependentPartition,
  IalsConfig,
  MetaConfig,
  ModelConfig,
  SubModelConfig,
  TwoTowerConfig,
} from '#libs/contracts';
import { LearningError } from './learning-error.js';

/** What of a strategy a user chooses; the rest is the preset's. */
export interface StrategyChoice {
  /** Default: 8; `retrain` has one. */
  readonly shards?: number;
  readonly purpose?: string;
  /** Purpose under which features of people are used, by two towers only; none are where absent. */
  readonly profilePurpose?: string;
  /** Base model, where the strategy leaves it open. Default: ials. */
  readonly base?: 'ials' | 'bpr' | 'two-tower';
  /** Aggregator, where the strategy leaves it open. Default: the strategy's own. */
  readonly aggregator?: 'mean' | 'attention' | 'meta';
  /** Of the aggregator `meta`. Default: wasm. */
  readonly backend?: MetaConfig['backend'];
  /** What receraser clusters. Default: people (ubp). */
  readonly clusters?: DataDependentPartition;
  /** Slices of each shard. Default: one. */
  readonly slices?: number;
}

const DEFAULT_PURPOSE = 'recommendations';
const DEFAULT_SHARDS = 8;

type Preset = (choice: StrategyChoice) => Omit<ModelConfig, 'purpose' | 'profilePurpose'>;

/** Every strategy by its name in the literature; docs/guides/choosing-a-strategy.md compares them. */
const PRESETS = {
  /** One shard on everything: the yardstick. */
  retrain: ({ base, aggregator }) => ({
    partition: { kind: 'by-subject', shards: 1 },
    subModel: base === undefined || base === 'ials' ? IALS_OF_EVERYTHING : baseModel(base),
    aggregator: aggregatorNamed(aggregator),
  }),
  /** Bourtoule et al., IEEE S&P 2021. */
  sisa: ({ base, aggregator, shards = DEFAULT_SHARDS }) => ({
    partition: { kind: 'by-subject', shards },
    subModel: baseModel(base),
    aggregator: aggregatorNamed(aggregator),
  }),
  /** Chen et al., WWW 2022: a baseline, since its clusters have seen the deleted records. */
  receraser: ({ base, aggregator = 'attention', clusters = 'ubp', shards = DEFAULT_SHARDS }) => ({
    partition: { kind: clusters, shards },
    subModel: baseModel(base),
    aggregator: aggregatorNamed(aggregator),
  }),
  /**
   * Sums of counts, and EASE over them (Steck, WWW 2019): sharding loses nothing, forgetting is subtraction. λ was chosen on a validation
   * part of the training data of ml-1m-receraser-split (`node tools/bench/statistics.mjs --search`), the decay on the last record but one of
   * the people of ml-1m and ml-100k: half as much after five records; it does nothing where the order of records is not known.
   */
  statistics: ({ shards = DEFAULT_SHARDS }) => ({
    partition: { kind: 'by-subject', shards },
    subModel: { kind: 'gram', scope: { kind: 'all' } },
    aggregator: { kind: 'ease', regularization: 1000, decay: 0.87, block: 64 },
  }),
  /** Meta-learned two towers over shards of records (EEMU, PoPETs 2025). */
  eemu: ({ aggregator, shards = DEFAULT_SHARDS }) => ({
    partition: { kind: 'by-record', shards },
    subModel: EPISODIC_TOWERS,
    aggregator: aggregatorNamed(aggregator),
  }),
  /** The same with an inner step on the last layer of the user tower only (Raghu et al., ICLR 2020). */
  'eemu-anil': ({ aggregator, shards = DEFAULT_SHARDS }) => ({
    partition: { kind: 'by-record', shards },
    subModel: { ...EPISODIC_TOWERS, training: 'anil' },
    aggregator: aggregatorNamed(aggregator),
  }),
} as const satisfies Record<string, Preset>;

export type StrategyName = keyof typeof PRESETS;

export const STRATEGIES = Object.keys(PRESETS) as readonly StrategyName[];

const SUMMARIES: Readonly<Record<StrategyName, string>> = {
  retrain: 'one model of everything; each withdrawal trains it anew: the yardstick',
  sisa: 'shards of people, their scores averaged; a withdrawal trains one shard anew',
  receraser:
    'shards of like people, mixed by attention; the clusters have seen what is deleted: to compare with',
  statistics: 'additive counts, solved exactly: sharding loses nothing, and a withdrawal subtracts',
  eemu: 'shards of records, of which each has seen everybody; a model that adapts to whoever asks',
  'eemu-anil': 'eemu that adapts the last layer only',
};

/** A strategy in one line, for people who choose. */
export function strategySummary(name: StrategyName): string {
  return SUMMARIES[name];
}

/**
 * The configuration of a named strategy.
 *
 * @example
 * const config = strategyConfig('sisa', { shards: 8 });
 * @throws LearningError STRATEGY_UNKNOWN
 */
export function strategyConfig(name: string, choice: StrategyChoice = {}): ModelConfig {
  if (!Object.hasOwn(PRESETS, name))
    throw new LearningError('STRATEGY_UNKNOWN', 'no strategy has that name', {
      nextStep: `Use one of: ${STRATEGIES.join(', ')}.`,
    });
  const preset: Preset = PRESETS[name as StrategyName];
  const config = onBackend({ purpose: choice.purpose ?? DEFAULT_PURPOSE, ...preset(choice) }, choice.backend);
  const { slices = 1, profilePurpose } = choice;
  return {
    ...config,
    ...(profilePurpose !== undefined && { profilePurpose }),
    ...(slices !== 1 && { slices }),
  };
}

/** What is not computed by TensorFlow.js has no backend, and stays as it is; so does what is computed by the usual one. */
function onBackend(config: ModelConfig, backend: MetaConfig['backend'] = 'wasm'): ModelConfig {
  const { aggregator } = config;
  if (aggregator.kind !== 'meta' || backend === 'wasm') return config;
  return { ...config, aggregator: { ...aggregator, backend } };
}

/** Every combination of strategy, base model and aggregator: what a line has that nobody has tuned. */
export function presetConfigs(): ModelConfig[] {
  const bases = Object.keys(BASES) as (keyof typeof BASES)[];
  const aggregators = Object.keys(AGGREGATORS) as (keyof typeof AGGREGATORS)[];
  return STRATEGIES.flatMap((name) =>
    bases.flatMap((base) => aggregators.map((aggregator) => strategyConfig(name, { base, aggregator }))),
  );
}

/** iALS for shards, and for the embeddings that receraser clusters. */
export const IALS_OF_SHARDS: IalsConfig = {
  kind: 'ials',
  dimensions: 64,
  unobservedWeight: 0.2,
  regularization: 0.008,
  sweeps: 8,
  initScale: 0.1,
};

/**
 * One layer a tower: with 512-256-128-64 and 256-128-64, the sizes of the EEMU paper, and 96 floats an embedding, HR@10 was lower on the
 * validation part of ml-100k (the last record but one of each person, the last left out) and training took far longer. The other
 * values were chosen there too.
 */
const TOWERS: TwoTowerConfig = {
  kind: 'two-tower',
  embedding: 64,
  userLayers: [64],
  itemLayers: [64],
  training: 'plain',
  people: 'rows',
  epochs: 80,
  batch: 32,
  learningRate: 0.003,
  weightDecay: 0,
  innerRate: 1,
  support: 7,
  supportBy: 'recency',
  queries: 32,
  negatives: 8,
  inBatch: 0,
  margin: 1,
};

/** Supports of at most 7 are the paper's; that they are the latest records is not: see `supportBy` in libs/contracts. */
const EPISODIC_TOWERS: TwoTowerConfig = {
  ...TOWERS,
  training: 'fomaml',
  people: 'shared',
  epochs: 30,
  batch: 64,
  queries: 8,
};

/**
 * Base models with hyper-parameters that were chosen on a validation part of training data: those of ials and bpr on
 * ml-1m-receraser-split (`node tools/bench/training.mjs --search` for ials), never on its test part.
 */
const BASES: Readonly<Record<NonNullable<StrategyChoice['base']>, SubModelConfig>> = {
  ials: IALS_OF_SHARDS,
  bpr: {
    kind: 'bpr',
    dimensions: 64,
    epochs: 40,
    learningRate: 0.1,
    regularization: 0.01,
    initScale: 0.1,
    foldInPasses: 10,
  },
  'two-tower': TOWERS,
};

/** One shard of everything bears twice the dimensions; a shard of an eighth does not gain by them, and would take four times as long. */
const IALS_OF_EVERYTHING: IalsConfig = {
  kind: 'ials',
  dimensions: 128,
  unobservedWeight: 0.2,
  regularization: 0.01,
  sweeps: 8,
  initScale: 0.1,
};

function baseModel(base: StrategyChoice['base'] = 'ials'): SubModelConfig {
  if (!Object.hasOwn(BASES, base))
    throw new LearningError('CONFIG_SUB_MODEL_UNKNOWN', 'no base model of that kind exists', {
      nextStep: `Use one of: ${Object.keys(BASES).join(', ')}.`,
    });
  return BASES[base];
}

/** Aggregators that fit every sub-model; their hyper-parameters were chosen like those of BASES. */
const AGGREGATORS: Readonly<Record<NonNullable<StrategyChoice['aggregator']>, AggregatorConfig>> = {
  mean: { kind: 'mean' },
  attention: {
    kind: 'attention',
    dimensions: 32,
    people: 1000,
    epochs: 2,
    learningRate: 0.0003,
    regularization: 0.01,
  },
  meta: {
    kind: 'meta',
    hidden: 8,
    tasks: 100,
    epochs: 5,
    learningRate: 0.03,
    innerSteps: 2,
    innerRate: 0.03,
  },
};

function aggregatorNamed(name: StrategyChoice['aggregator'] = 'mean'): AggregatorConfig {
  if (!Object.hasOwn(AGGREGATORS, name))
    throw new LearningError('CONFIG_AGGREGATOR_UNKNOWN', 'no aggregator of that kind exists', {
      nextStep: `Use one of: ${Object.keys(AGGREGATORS).join(', ')}.`,
    });
  return AGGREGATORS[name];
}
