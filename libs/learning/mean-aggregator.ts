import type { MeanConfig } from '#libs/contracts';
import type {
  Aggregation,
  AggregatorKind,
  AggregatorOpening,
  OpenAggregator,
  ShardAnswers,
} from './aggregator.js';
import { checkConfigFields } from './fields.js';
import { tensorOf } from './model-file.js';
import type { Tensor } from './safetensors.js';

/**
 * The mean of the shards' scores, an empty shard left out. Its tensor `shard_weights` [S] says 1/n for each of the n shards
 * that hold records and 0 for the others.
 */
export const meanAggregator: AggregatorKind<MeanConfig> = {
  kind: 'mean',
  reads: 'counts',
  asksShards: true,
  kernels: [],
  influences: {
    randomness: 'none',
    negatives: 'none',
    selection: 'fixed',
    optimiser: 'none',
    start: 'none',
  },
  validate: (config) => checkConfigFields(config, 'aggregator', ['kind']),
  build,
  open,
};

function build({ shards }: Pick<Aggregation<MeanConfig>, 'shards'>): Tensor[] {
  const filled = shards.filter(({ count }) => count > 0).length;
  const data = Float32Array.from(shards, ({ count }) => (count > 0 ? 1 / filled : 0));
  return [{ name: 'shard_weights', shape: [shards.length], data }];
}

function open(tensors: readonly Tensor[], { shards }: AggregatorOpening<MeanConfig>): OpenAggregator {
  const weights = tensorOf(tensors, 'shard_weights', [shards.length]);
  return { readsScores: true, combine: (scores) => weightedMean(scores, weights) };
}

/** The mean of the shards that answer: what is served while an aggregator that saw quarantined data must not be asked. */
export function meanOf(scores: ShardAnswers): Float32Array | undefined {
  return weightedMean(scores, new Float32Array(scores.length).fill(1));
}

/** Σ weight·score / Σ weight over the shards that answered, shard after shard, each step rounded to 32 bits. */
function weightedMean(scores: ShardAnswers, weights: Float32Array): Float32Array | undefined {
  const answered = scores.flatMap((of, shard) =>
    of && weights[shard] > 0 ? [{ of, weight: weights[shard] }] : [],
  );
  const total = answered.reduce((sum, { weight }) => Math.fround(sum + weight), 0);
  if (answered.length === 0) return undefined;
  const mean = new Float32Array(answered[0].of.length);
  for (const { of, weight } of answered) {
    const share = Math.fround(weight / total);
    for (let item = 0; item < mean.length; item++) mean[item] += Math.fround(share * of[item]);
  }
  return mean;
}
