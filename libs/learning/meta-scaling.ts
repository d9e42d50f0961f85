import type { Draw } from './draws.js';
import { FEATURES } from './meta-features.js';
import { initialParameters, type MetaNetwork } from './meta-network.js';
import { CANDIDATES, type MetaTasks } from './meta-tasks.js';

/** What differs by less than this has not varied, but for rounding. */
const LEAST_DEVIATION = 1e-6;

/** The network as training finds it: features are scaled by what the tasks hold, parameters are the initial ones. */
export function untrainedNetwork(tasks: MetaTasks, hidden: number, draw: Draw): MetaNetwork {
  return { parameters: initialParameters(hidden, draw), ...scalingOf(tasks) };
}

/** Sums in the order of rows, in doubles; two passes. */
function scalingOf({ features, weights, queries }: MetaTasks): Pick<MetaNetwork, 'shift' | 'scale'> {
  const rows = Array.from(weights.keys()).filter(
    (row) => weights[row] > 0 && queries[Math.floor(row / CANDIDATES)] > 0,
  );
  const shift = new Float32Array(FEATURES);
  const scale = new Float32Array(FEATURES);
  for (let at = 0; at < FEATURES && rows.length > 0; at++) {
    let sum = 0;
    for (const row of rows) sum += features[row * FEATURES + at];
    const mean = sum / rows.length;
    let squares = 0;
    for (const row of rows) squares += square(features[row * FEATURES + at] - mean);
    const deviation = Math.sqrt(squares / rows.length);
    shift[at] = mean;
    scale[at] = deviation > LEAST_DEVIATION ? 1 / deviation : 0;
  }
  // The mean score counts even where there was nothing to learn from: then it alone ranks.
  if (scale[0] === 0) scale[0] = 1;
  return { shift, scale };
}

function square(value: number): number {
  return value * value;
}
