/**
 * How much an item's categories have in common with those of a person's items: the cosine of their category vectors. A category
 * weighs √(items / items that have it), so that a rare one says more; the catalogue alone decides that, nobody's records
 * (DESIGN §4.3). Sums run over items, then categories, in canonical order.
 */
export class ContentOverlap {
  private readonly kinds: number;
  /** The categories of item i stand from offsets[i] to offsets[i + 1]. */
  private readonly offsets: Uint32Array;
  private readonly ids: Uint32Array;
  /** Of each category in its item's vector, which has length 1. */
  private readonly weights: Float64Array;

  /** @param categories of each item, in catalogue order, each list sorted */
  constructor(categories: readonly (readonly string[])[]) {
    const idOf = new Map<string, number>();
    for (const category of categories.flat()) if (!idOf.has(category)) idOf.set(category, idOf.size);
    this.kinds = idOf.size;
    this.ids = Uint32Array.from(categories.flat(), (category) => idOf.get(category)!);
    this.offsets = new Uint32Array(categories.length + 1);
    categories.forEach((of, item) => (this.offsets[item + 1] = this.offsets[item] + of.length));
    const counts = new Uint32Array(this.kinds);
    for (const id of this.ids) counts[id]++;
    this.weights = Float64Array.from(this.ids, (id) => Math.sqrt(categories.length / counts[id]));
    for (let item = 0; item < categories.length; item++)
      toUnitLength(this.weights.subarray(this.offsets[item], this.offsets[item + 1]));
  }

  /** Of every item with the items of `present`, 0 … 1; 0 where either side has no category. */
  with(present: Uint32Array): Float32Array {
    const { offsets, ids, weights } = this;
    const profile = this.profileOf(present);
    const overlap = new Float32Array(offsets.length - 1);
    for (let item = 0; item < overlap.length; item++) {
      let sum = 0;
      for (let at = offsets[item]; at < offsets[item + 1]; at++) sum += weights[at] * profile[ids[at]];
      overlap[item] = sum;
    }
    return overlap;
  }

  private profileOf(present: Uint32Array): Float64Array {
    const { offsets, ids, weights } = this;
    const profile = new Float64Array(this.kinds);
    for (const item of present)
      for (let at = offsets[item]; at < offsets[item + 1]; at++) profile[ids[at]] += weights[at];
    toUnitLength(profile);
    return profile;
  }
}

/** Divides by the length; zeros stay zeros. */
function toUnitLength(vector: Float64Array): void {
  let squares = 0;
  for (const value of vector) squares += value * value;
  const length = Math.sqrt(squares);
  if (length > 0) for (let at = 0; at < vector.length; at++) vector[at] /= length;
}
