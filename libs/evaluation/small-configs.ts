import type { AggregatorConfig, ModelConfig, SubModelConfig } from '#libs/contracts';
import { LearningError, validateModelConfig } from '#libs/learning';

/** A configuration with a name to speak of it. */
export interface NamedConfig {
  /** Such as `by-record/ials×3/mean`. */
  readonly name: string;
  readonly config: ModelConfig;
}

const TOWER = {
  kind: 'two-tower',
  people: 'shared',
  embedding: 4,
  userLayers: [8, 4],
  itemLayers: [8, 4],
  epochs: 1,
  batch: 4,
  learningRate: 0.01,
  weightDecay: 0,
  innerRate: 0.1,
  queries: 1,
  negatives: 1,
  inBatch: 0,
  support: 3,
  supportBy: 'rarity',
  margin: 1,
} as const;

/** The smallest of each kind that is worth training: milliseconds on a few people. */
const SUB_MODELS: Readonly<Record<string, SubModelConfig>> = {
  ials: {
    kind: 'ials',
    dimensions: 4,
    unobservedWeight: 0.2,
    regularization: 0.05,
    sweeps: 2,
    initScale: 1,
  },
  bpr: {
    kind: 'bpr',
    dimensions: 4,
    epochs: 2,
    learningRate: 0.05,
    regularization: 0.01,
    initScale: 1,
    foldInPasses: 2,
  },
  'two-tower': { ...TOWER, training: 'plain', people: 'rows' },
  fomaml: { ...TOWER, training: 'fomaml' },
  'fomaml on both sides': { ...TOWER, training: 'fomaml-both', inBatch: 2 },
  anil: { ...TOWER, training: 'anil' },
  gram: { kind: 'gram', scope: { kind: 'all' } },
  'gram by category': { kind: 'gram', scope: { kind: 'by-category' } },
};
const AGGREGATORS: readonly AggregatorConfig[] = [
  { kind: 'mean' },
  { kind: 'attention', dimensions: 4, people: 4, epochs: 1, learningRate: 0.05, regularization: 0.01 },
  { kind: 'meta', hidden: 4, tasks: 4, epochs: 1, learningRate: 0.05, innerSteps: 2, innerRate: 0.1 },
  { kind: 'ease', regularization: 1, decay: 0.9, block: 8 },
];
const PARTITIONS = ['by-subject', 'by-record'] as const;
const SLICES = [undefined, 3];

/**
 * Every combination of partition, sub-model, slices and aggregator that this build trains, in small. What holds for a strategy holds
 * for its combination here, because sizes decide nothing about what is looked at.
 */
export function smallConfigs(shards: number): NamedConfig[] {
  return PARTITIONS.flatMap((kind) =>
    Object.entries(SUB_MODELS).flatMap(([name, subModel]) =>
      SLICES.flatMap((slices) =>
        AGGREGATORS.flatMap((aggregator) => {
          const config = {
            purpose: 'recommendations',
            partition: { kind, shards },
            subModel,
            aggregator,
            ...(slices === undefined ? {} : { slices }),
          };
          const base = slices === undefined ? name : `${name}×${slices}`;
          return goTogether(config) ? [{ name: `${kind}/${base}/${aggregator.kind}`, config }] : [];
        }),
      ),
    ),
  );
}

/** Any other refusal, such as of a kind that is not known, would silently take a kind out of every spec: it is thrown. */
function goTogether(config: ModelConfig): boolean {
  try {
    validateModelConfig(config);
    return true;
  } catch (error) {
    if (error instanceof LearningError && error.code === 'CONFIG_COMBINATION_INVALID') return false;
    throw error;
  }
}
