/**
 * How much an item's categories have in common with those of a person's items: the cosine of their category vectors. A category
 * weighs √(items / items that have it), so that a rare one says more; the catalogue alone decides that, nobody's records
 * (DESIGN §4.3). Sums run over items, then categories, in canonical order.
 */
export class ContentOverlap {
  private readonly ids: readonly Uint32Array[];
  private readonly weights: readonly Float64Array[];
  private readonly kinds: number;

  /** @param categories of each item, in catalogue order, each list sorted */
  constructor(categories: readonly (readonly string[])[]) {
    const idOf = new Map<string, number>();
    const counts: number[] = [];
    this.ids = categories.map((of) =>
      Uint32Array.from(of, (category) => {
        const id = idOf.get(category) ?? idOf.size;
        idOf.set(category, id);
        counts[id] = (counts[id] ?? 0) + 1;
        return id;
      }),
    );
    this.kinds = counts.length;
    this.weights = this.ids.map((of) =>
      unit(Float64Array.from(of, (id) => Math.sqrt(categories.length / counts[id]))),
    );
  }

  /** Of every item with the items of `present`, 0 … 1; 0 where either side has no category. */
  with(present: Uint32Array): Float32Array {
    const overlap = new Float32Array(this.ids.length);
    if (this.kinds === 0) return overlap;
    const sums = new Float64Array(this.kinds);
    for (const item of present)
      this.ids[item].forEach((id, at) => {
        sums[id] += this.weights[item][at];
      });
    const profile = unit(sums);
    for (let item = 0; item < overlap.length; item++) {
      const ids = this.ids[item];
      const weights = this.weights[item];
      let sum = 0;
      for (let at = 0; at < ids.length; at++) sum += weights[at] * profile[ids[at]];
      overlap[item] = sum;
    }
    return overlap;
  }
}

/** Divided by its length; zeros stay zeros. */
function unit(vector: Float64Array): Float64Array {
  let squares = 0;
  for (const value of vector) squares += value * value;
  const length = Math.sqrt(squares);
  return length > 0 ? vector.map((value) => value / length) : vector;
}
