/**
 * How well a score tells members from others: the probability that a member scores higher than another, a tie counting half (area
 * under the ROC curve, by the rank sum of Mann & Whitney, 1947). 0.5 where it tells nothing, or where one side is empty.
 */
export function aucOf(members: readonly number[], others: readonly number[]): number {
  if (members.length === 0 || others.length === 0) return 0.5;
  const all = [
    ...members.map((score) => ({ score, isMember: true })),
    ...others.map((score) => ({ score, isMember: false })),
  ].sort((a, b) => a.score - b.score);
  let rankSum = 0;
  for (let from = 0; from < all.length;) {
    let to = from;
    while (to < all.length && all[to].score === all[from].score) to++;
    const rank = (from + 1 + to) / 2; // the mean of the ranks from + 1 … to
    for (let at = from; at < to; at++) if (all[at].isMember) rankSum += rank;
    from = to;
  }
  const least = (members.length * (members.length + 1)) / 2;
  return (rankSum - least) / (members.length * others.length);
}

/** Euclidean distance of two models' answers to one question (activation distance, Golatkar et al., CVPR 2021). */
export function activationDistance(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += (a[at] - b[at]) ** 2;
  return Math.sqrt(sum);
}

/**
 * Jensen–Shannon divergence of the softmax of two models' scores, in bits: 0 … 1, exactly 0 where the scores are the same. For
 * reports only: it uses the host's exp and log2.
 */
export function jensenShannon(a: Float32Array, b: Float32Array): number {
  const [p, q] = [softmax(a), softmax(b)];
  let sum = 0;
  for (let at = 0; at < p.length; at++) {
    const middle = (p[at] + q[at]) / 2;
    if (p[at] > 0) sum += p[at] * Math.log2(p[at] / middle);
    if (q[at] > 0) sum += q[at] * Math.log2(q[at] / middle);
  }
  return sum / 2;
}

function softmax(scores: Float32Array): Float64Array {
  const top = scores.reduce((most, score) => Math.max(most, score), -Infinity);
  const exponentials = Float64Array.from(scores, (score) => Math.exp(score - top));
  const total = exponentials.reduce((sum, one) => sum + one, 0);
  return exponentials.map((one) => one / total);
}
