/** How many of the relevant items stand among the first k recommended. */
function hitsAt<Id>(k: number, recommended: ArrayLike<Id>, relevant: ReadonlySet<Id>): number {
  let hits = 0;
  for (let rank = 0; rank < Math.min(k, recommended.length); rank++)
    if (relevant.has(recommended[rank])) hits++;
  return hits;
}

/**
 * Share of the relevant items among the first k recommended: hits / |relevant|, the protocol of the RecEraser authors.
 * NaN is never returned: a person without relevant items is not part of an evaluation and counts 0.
 */
export function recallAt<Id>(k: number, recommended: ArrayLike<Id>, relevant: ReadonlySet<Id>): number {
  return relevant.size === 0 ? 0 : hitsAt(k, recommended, relevant) / relevant.size;
}

/** HR, hit rate: 1 where at least one relevant item is among the first k recommended, else 0. */
export function hitRateAt<Id>(k: number, recommended: ArrayLike<Id>, relevant: ReadonlySet<Id>): number {
  return hitsAt(k, recommended, relevant) > 0 ? 1 : 0;
}

/**
 * Normalised discounted cumulative gain with binary gain 1/log2(rank + 1); the ideal has min(k, |relevant|) hits in front
 * (Järvelin & Kekäläinen, TOIS 2002). For reports only: the host's log2 may differ in its last bit between machines.
 */
export function ndcgAt<Id>(k: number, recommended: ArrayLike<Id>, relevant: ReadonlySet<Id>): number {
  if (relevant.size === 0) return 0;
  let gain = 0;
  for (let index = 0; index < Math.min(k, recommended.length); index++)
    if (relevant.has(recommended[index])) gain += discount(index);
  let ideal = 0;
  for (let index = 0; index < Math.min(k, relevant.size); index++) ideal += discount(index);
  return gain / ideal;
}

/** @param index 0 for the first */
function discount(index: number): number {
  return 1 / Math.log2(index + 2);
}
