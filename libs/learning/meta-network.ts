import type { Draw } from './draws.js';
import { FEATURES } from './meta-features.js';
import { tensorOf } from './model-file.js';
import type { Tensor } from './safetensors.js';

/**
 * The network, for a pair's features, each shifted and scaled to x:
 *
 *   score = skip · x + out · ReLU(hidden · x + bias)
 */
export interface MetaParameters {
  /** [FEATURES, hidden] */
  readonly hidden: Float32Array;
  /** [hidden] */
  readonly bias: Float32Array;
  /** [hidden] */
  readonly out: Float32Array;
  /** [FEATURES] */
  readonly skip: Float32Array;
}

export interface MetaNetwork {
  readonly parameters: MetaParameters;
  /** [FEATURES]: brings features to mean 0 over the training pairs. */
  readonly shift: Float32Array;
  /** [FEATURES]: brings them to deviation 1; 0 for one that never varied there, which then says nothing. */
  readonly scale: Float32Array;
}

export const PARAMETER_NAMES = ['hidden', 'bias', 'out', 'skip'] as const;

/** Shapes of the parameters, as they stand in files. */
export function parameterShapes(hidden: number): Record<keyof MetaParameters, number[]> {
  return { hidden: [FEATURES, hidden], bias: [hidden], out: [hidden], skip: [FEATURES] };
}

/** Where training begins: the score is the shards' mean. Only the hidden layer is drawn, by name. */
export function initialParameters(hidden: number, draw: Draw): MetaParameters {
  const draws = draw('meta/network', 'hidden');
  const deviation = 1 / Math.sqrt(FEATURES);
  return {
    hidden: Float32Array.from({ length: FEATURES * hidden }, (_, at) => deviation * draws.normal(at)),
    bias: new Float32Array(hidden),
    out: new Float32Array(hidden),
    skip: Float32Array.from({ length: FEATURES }, (_, at) => (at === 0 ? 1 : 0)),
  };
}

/** Features as the network takes them in: shifted and scaled, row after row. */
export function scaledFeatures(
  { shift, scale }: Pick<MetaNetwork, 'shift' | 'scale'>,
  features: Float32Array,
): Float32Array {
  const scaled = new Float32Array(features.length);
  for (let from = 0; from < features.length; from += FEATURES)
    for (let at = 0; at < FEATURES; at++) scaled[from + at] = (features[from + at] - shift[at]) * scale[at];
  return scaled;
}

/**
 * The scores of rows of features, by hand: what was learned in TensorFlow.js is served without it. Sums in doubles, features in order,
 * then the units.
 */
export function networkScores(network: MetaNetwork, features: Float32Array): Float32Array {
  const { hidden, bias, out, skip } = network.parameters;
  const units = bias.length;
  const inputs = scaledFeatures(network, features);
  const scores = new Float32Array(features.length / FEATURES);
  for (let row = 0; row < scores.length; row++) {
    const from = row * FEATURES;
    let score = 0;
    for (let at = 0; at < FEATURES; at++) score += skip[at] * inputs[from + at];
    for (let unit = 0; unit < units; unit++) {
      let sum = bias[unit];
      for (let at = 0; at < FEATURES; at++) sum += hidden[at * units + unit] * inputs[from + at];
      if (sum > 0) score += out[unit] * sum;
    }
    scores[row] = score;
  }
  return scores;
}

/** The network as tensors of the aggregator's file. */
export function networkTensors({ parameters, shift, scale }: MetaNetwork): Tensor[] {
  const shapes = parameterShapes(parameters.bias.length);
  return [
    ...PARAMETER_NAMES.map((name) => ({ name, shape: shapes[name], data: parameters[name] })),
    { name: 'shift', shape: [FEATURES], data: shift },
    { name: 'scale', shape: [FEATURES], data: scale },
  ];
}

/** @throws LearningError MODEL_TENSOR_MISSING, MODEL_TENSOR_SHAPE_MISMATCH */
export function readNetwork(tensors: readonly Tensor[], hidden: number): MetaNetwork {
  const shapes = parameterShapes(hidden);
  const read = (name: keyof MetaParameters): Float32Array => tensorOf(tensors, name, shapes[name]);
  return {
    parameters: { hidden: read('hidden'), bias: read('bias'), out: read('out'), skip: read('skip') },
    shift: tensorOf(tensors, 'shift', [FEATURES]),
    scale: tensorOf(tensors, 'scale', [FEATURES]),
  };
}
