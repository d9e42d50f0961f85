/**
 * Share of the relevant items among the first k recommended: hits / |relevant|, the protocol of the RecEraser authors.
 * NaN is never returned: a person without relevant items is not part of an evaluation and counts 0.
 */
export function recallAt(k: number, recommended: readonly string[], relevant: ReadonlySet<string>): number {
  if (relevant.size === 0) return 0;
  return recommended.slice(0, k).filter((item) => relevant.has(item)).length / relevant.size;
}

/**
 * Normalised discounted cumulative gain with binary gain 1/log2(rank + 1); the ideal has min(k, |relevant|) hits in front
 * (Järvelin & Kekäläinen, TOIS 2002). For reports only: the host's log2 may differ in its last bit between machines.
 */
export function ndcgAt(k: number, recommended: readonly string[], relevant: ReadonlySet<string>): number {
  if (relevant.size === 0) return 0;
  const gain = recommended
    .slice(0, k)
    .reduce((sum, item, index) => sum + (relevant.has(item) ? discount(index) : 0), 0);
  let ideal = 0;
  for (let index = 0; index < Math.min(k, relevant.size); index++) ideal += discount(index);
  return gain / ideal;
}

/** @param index 0 for the first */
function discount(index: number): number {
  return 1 / Math.log2(index + 2);
}
