import type { TwoTowerConfig } from '#libs/contracts';
import { exp32 } from '#libs/kernels';
import type { Opening, Person } from './sub-model.js';

const TEMPERATURE = 0.01;

/**
 * Items that a shard's model adapts to: up to `most` of the person's present records from all shards. By recency they are the latest ones,
 * if it is known which these are. Else they are drawn without replacement with the probabilities softmax((1/degree − greatest)/0.01), so
 * that rare items are likelier; alike where degrees are unknown. The draws are named after the person and the shard, so that the
 * shards adapt to different records.
 *
 * @returns indices of items, ascending
 */
export function supportOf(
  person: Person,
  opening: Pick<Opening<unknown>, 'draw' | 'degrees' | 'shard'>,
  { support: most, supportBy }: Pick<TwoTowerConfig, 'support' | 'supportBy'>,
): number[] {
  const { present, recency } = person;
  if (present.length <= most) return [...present];
  const chosen =
    supportBy === 'recency' && recency !== undefined ? latest(recency, most) : drawn(person, opening, most);
  return chosen.sort((a, b) => a - b).map((at) => present[at]);
}

function latest(recency: Uint32Array, most: number): number[] {
  return Array.from(recency, (_, at) => at)
    .sort((a, b) => recency[a] - recency[b] || a - b)
    .slice(0, most);
}

function drawn(
  { present, subject = '' }: Person,
  { draw, degrees, shard }: Pick<Opening<unknown>, 'draw' | 'degrees' | 'shard'>,
  most: number,
): number[] {
  const inverse = Array.from(present, (item) => (degrees ? 1 / Math.max(degrees[item], 1) : 1));
  const greatest = inverse.reduce((a, b) => Math.max(a, b));
  const weights = inverse.map((value) => exp32((value - greatest) / TEMPERATURE));
  const draws = draw('two-tower/support', JSON.stringify([subject, shard]));
  const chosen = new Set<number>();
  for (let k = 0; k < most; k++) chosen.add(drawOne(weights, chosen, draws.uniform(k)));
  return [...chosen];
}

/** Index by weight among those not chosen yet; sums run in the order of the items. */
function drawOne(weights: readonly number[], chosen: ReadonlySet<number>, uniform: number): number {
  const left = weights.map((_, at) => at).filter((at) => !chosen.has(at));
  let rest = uniform * left.reduce((sum, at) => sum + weights[at], 0);
  for (const at of left) {
    rest -= weights[at];
    if (rest < 0) return at;
  }
  return left[left.length - 1];
}
