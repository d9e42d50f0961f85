import type { Draw } from './draws.js';
import { PAIR_FEATURES, SHARD_FEATURES, type FeatureRows } from './meta-features.js';
import { tensorOf } from './model-file.js';
import type { Tensor } from './safetensors.js';

/** Inputs of the head: pooled score, the same compressed, pooled score × confidence, and the pair's features. */
export const HEAD_INPUTS = 3 + PAIR_FEATURES;

/**
 * The network, for one row of features:
 *
 *   a_s   = attention · shard features of s
 *   w_s   = squareplus(a_s) / Σ squareplus(a), over the shards that are asked; squareplus(a) = a + √(a² + 1)
 *   p     = Σ w_s z_s, z being the standardised scores
 *   x     = (p, p/(1 + p²)^¼, p·confidence, pair features), each shifted and scaled
 *   score = skip · x + out · ReLU(hidden · x + bias)
 *
 * Squareplus (Barron, 2021) takes the place of softmax's exp: positive and smooth, and exact to compute anywhere.
 */
export interface MetaParameters {
  /** [SHARD_FEATURES] */
  readonly attention: Float32Array;
  /** [HEAD_INPUTS, hidden] */
  readonly hidden: Float32Array;
  /** [hidden] */
  readonly bias: Float32Array;
  /** [hidden] */
  readonly out: Float32Array;
  /** [HEAD_INPUTS] */
  readonly skip: Float32Array;
}

/** Brings features to mean 0 and deviation 1 over the training pairs; one that never varied there is scaled by 0 and says nothing. */
export interface Scaling {
  readonly shift: Float32Array;
  readonly scale: Float32Array;
}

export interface MetaNetwork {
  readonly parameters: MetaParameters;
  /** Of the shard features. */
  readonly shard: Scaling;
  /** Of the head's inputs. */
  readonly head: Scaling;
}

export const PARAMETER_NAMES = ['attention', 'hidden', 'bias', 'out', 'skip'] as const;

/** Shapes of the parameters, as they stand in files. */
export function parameterShapes(hidden: number): Record<keyof MetaParameters, number[]> {
  return {
    attention: [SHARD_FEATURES],
    hidden: [HEAD_INPUTS, hidden],
    bias: [hidden],
    out: [hidden],
    skip: [HEAD_INPUTS],
  };
}

/** Where training begins: every shard has the same weight and the score is their mean. Only the hidden layer is drawn, by name. */
export function initialParameters(hidden: number, draw: Draw): MetaParameters {
  const draws = draw('meta/network', 'hidden');
  const deviation = 1 / Math.sqrt(HEAD_INPUTS);
  return {
    attention: new Float32Array(SHARD_FEATURES),
    hidden: Float32Array.from({ length: HEAD_INPUTS * hidden }, (_, at) => deviation * draws.normal(at)),
    bias: new Float32Array(hidden),
    out: new Float32Array(hidden),
    skip: Float32Array.from({ length: HEAD_INPUTS }, (_, at) => (at === 0 ? 1 : 0)),
  };
}

/** The scores of rows of features, by hand, in doubles; what was learned in TensorFlow.js is served without it. */
export function networkScores(
  { parameters, shard, head }: MetaNetwork,
  { shard: features, asked, pair }: FeatureRows,
  shards: number,
): Float32Array {
  const rows = pair.length / PAIR_FEATURES;
  const scores = new Float32Array(rows);
  const inputs = new Float64Array(HEAD_INPUTS);
  for (let row = 0; row < rows; row++) {
    const pooled = pool(parameters.attention, shard, features, asked, row, shards);
    headInputs(pooled, pair, row, inputs);
    for (let at = 0; at < HEAD_INPUTS; at++) inputs[at] = (inputs[at] - head.shift[at]) * head.scale[at];
    scores[row] = headScore(parameters, inputs);
  }
  return scores;
}

/** Σ w_s z_s of a row, shard after shard. */
function pool(
  attention: Float32Array,
  { shift, scale }: Scaling,
  features: Float32Array,
  asked: Float32Array,
  row: number,
  shards: number,
): number {
  let total = 0;
  let sum = 0;
  for (let slot = row * shards; slot < (row + 1) * shards; slot++) {
    if (asked[slot] === 0) continue;
    const from = slot * SHARD_FEATURES;
    let logit = 0;
    for (let at = 0; at < SHARD_FEATURES; at++)
      logit += attention[at] * (features[from + at] - shift[at]) * scale[at];
    const weight = logit + Math.sqrt(logit * logit + 1);
    total += weight;
    sum += weight * features[from];
  }
  return sum / total;
}

/** Writes the head's inputs of a row, before they are scaled. */
export function headInputs(pooled: number, pair: Float32Array, row: number, into: Float64Array): void {
  const from = row * PAIR_FEATURES;
  into[0] = pooled;
  into[1] = pooled / Math.sqrt(Math.sqrt(1 + pooled * pooled));
  into[2] = pooled * pair[from + 1];
  for (let at = 0; at < PAIR_FEATURES; at++) into[3 + at] = pair[from + at];
}

function headScore({ hidden, bias, out, skip }: MetaParameters, inputs: Float64Array): number {
  let score = 0;
  for (let at = 0; at < HEAD_INPUTS; at++) score += skip[at] * inputs[at];
  for (let unit = 0; unit < bias.length; unit++) {
    let sum = bias[unit];
    for (let at = 0; at < HEAD_INPUTS; at++) sum += hidden[at * bias.length + unit] * inputs[at];
    if (sum > 0) score += out[unit] * sum;
  }
  return score;
}

/** The network as tensors of the aggregator's file. */
export function networkTensors({ parameters, shard, head }: MetaNetwork): Tensor[] {
  const shapes = parameterShapes(parameters.bias.length);
  return [
    ...PARAMETER_NAMES.map((name) => ({ name, shape: shapes[name], data: parameters[name] })),
    { name: 'shard_shift', shape: [SHARD_FEATURES], data: shard.shift },
    { name: 'shard_scale', shape: [SHARD_FEATURES], data: shard.scale },
    { name: 'head_shift', shape: [HEAD_INPUTS], data: head.shift },
    { name: 'head_scale', shape: [HEAD_INPUTS], data: head.scale },
  ];
}

/** @throws LearningError MODEL_TENSOR_MISSING, MODEL_TENSOR_SHAPE_MISMATCH */
export function readNetwork(tensors: readonly Tensor[], hidden: number): MetaNetwork {
  const shapes = parameterShapes(hidden);
  const read = (name: keyof MetaParameters): Float32Array => tensorOf(tensors, name, shapes[name]);
  const scaling = (name: string, size: number): Scaling => ({
    shift: tensorOf(tensors, `${name}_shift`, [size]),
    scale: tensorOf(tensors, `${name}_scale`, [size]),
  });
  return {
    parameters: {
      attention: read('attention'),
      hidden: read('hidden'),
      bias: read('bias'),
      out: read('out'),
      skip: read('skip'),
    },
    shard: scaling('shard', SHARD_FEATURES),
    head: scaling('head', HEAD_INPUTS),
  };
}
