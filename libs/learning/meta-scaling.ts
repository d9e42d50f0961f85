import type { Draw } from './draws.js';
import { PAIR_FEATURES, SHARD_FEATURES, type FeatureRows } from './meta-features.js';
import {
  HEAD_INPUTS,
  headInputs,
  initialParameters,
  type MetaNetwork,
  type Scaling,
} from './meta-network.js';
import { CANDIDATES, type Episodes } from './meta-tasks.js';

/** The network as training finds it: features are scaled by what the episodes hold, parameters are the initial ones. */
export function untrainedNetwork(
  { features, weights, queries }: Episodes,
  shards: number,
  hidden: number,
  draw: Draw,
): MetaNetwork {
  const isUsed = (row: number): boolean => weights[row] > 0 && queries[Math.floor(row / CANDIDATES)] > 0;
  return {
    parameters: initialParameters(hidden, draw),
    shard: scalingOf(
      features.shard,
      SHARD_FEATURES,
      (slot) => features.asked[slot] > 0 && isUsed(Math.floor(slot / shards)),
    ),
    head: neverFlat(scalingOf(meanInputs(features, shards), HEAD_INPUTS, isUsed)),
  };
}

/** The head's inputs of every row, with the mean score in the place of the pooled one. */
function meanInputs({ shard, asked, pair }: FeatureRows, shards: number): Float64Array {
  const rows = pair.length / PAIR_FEATURES;
  const inputs = new Float64Array(rows * HEAD_INPUTS);
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    let count = 0;
    for (let slot = row * shards; slot < (row + 1) * shards; slot++) {
      sum += shard[slot * SHARD_FEATURES] * asked[slot];
      count += asked[slot];
    }
    headInputs(sum / count, pair, row, inputs.subarray(row * HEAD_INPUTS, (row + 1) * HEAD_INPUTS));
  }
  return inputs;
}

/** Sums in the order of rows, in doubles; two passes. */
function scalingOf(
  values: Float32Array | Float64Array,
  width: number,
  isUsed: (row: number) => boolean,
): Scaling {
  const rows = Array.from({ length: values.length / width }, (_, row) => row).filter(isUsed);
  const shift = new Float32Array(width);
  const scale = new Float32Array(width);
  if (rows.length === 0) return { shift, scale };
  for (let at = 0; at < width; at++) {
    let sum = 0;
    for (const row of rows) sum += values[row * width + at];
    const mean = sum / rows.length;
    let squares = 0;
    for (const row of rows) squares += square(values[row * width + at] - mean);
    const deviation = Math.sqrt(squares / rows.length);
    shift[at] = mean;
    scale[at] = deviation > LEAST_DEVIATION ? 1 / deviation : 0;
  }
  return { shift, scale };
}

/** What differs by less than this has not varied, but for rounding. */
const LEAST_DEVIATION = 1e-6;

/** The pooled score counts even where there was nothing to learn from: then the score is the mean of the standardised ones. */
function neverFlat({ shift, scale }: Scaling): Scaling {
  return { shift, scale: scale.map((one, at) => (at === 0 && one === 0 ? 1 : one)) };
}

function square(value: number): number {
  return value * value;
}
