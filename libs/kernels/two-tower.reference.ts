import {
  AdamCorrections,
  checkBatch,
  checkShape,
  itemInputs,
  towerLayout,
  userInputs,
  type LayerPlace,
  type TowerBatch,
  type TowerLayout,
  type TowerRates,
  type TowerShape,
} from './two-tower-problem.js';

/*
 * What assembly/two-tower.ts computes, person by person and item by item in plain loops: the same order of every sum, each product
 * and each sum rounded to 32 bits, so the results agree bit for bit. It is there to be read and to test against; training never uses it.
 */
const f = Math.fround;
const BETA_1 = f(0.9);
const BETA_2 = f(0.999);
const EPSILON = f(1e-8);

/** What each layer put out, the input first. */
type Levels = readonly Float32Array[];

/** A person's way through the user tower, before and after the inner step, and what the step was. */
interface Adapted {
  readonly meta: Levels;
  /** δ of the inner loss at each level; undefined where the step does not reach. */
  readonly deltas: readonly (Float32Array | undefined)[];
  readonly levels: Levels;
}

/** An item of a support: what it put out at each level, and δ of the inner loss there, the first level's left out. */
interface ItemTerm {
  readonly levels: Levels;
  readonly deltas: readonly (Float32Array | undefined)[];
}

/** The item of a query pair at a person's adapted weights. */
interface AdaptedItem {
  readonly slot: number;
  readonly terms: readonly ItemTerm[];
  readonly levels: Levels;
  readonly delta: Float32Array;
  /** Whether there is a pair at all. */
  readonly counts: boolean;
}

export interface TowerGradients {
  /** Laid out as the parameters; rows that the batch does not touch are 0. */
  readonly gradient: Float32Array;
  readonly loss: number;
}

/** As TwoTowers of two-tower.ts. */
export class TwoTowersReference {
  readonly layout: TowerLayout;
  private values: Float32Array;
  private readonly first: Float32Array;
  private readonly second: Float32Array;
  private readonly corrections = new AdamCorrections();

  constructor(
    private readonly shape: TowerShape,
    private readonly rates: TowerRates,
  ) {
    checkShape(shape);
    this.layout = towerLayout(shape);
    this.values = new Float32Array(this.layout.length);
    this.first = new Float32Array(this.layout.length);
    this.second = new Float32Array(this.layout.length);
  }

  write(parameters: Float32Array): void {
    this.values = parameters.slice();
  }

  parameters(): Float32Array {
    return this.values.slice();
  }

  step(batch: TowerBatch): number {
    const { gradient, loss } = this.gradients(batch);
    const { first, second } = this.corrections.next();
    for (const [begin, end] of this.touched(batch))
      for (let at = begin; at < end; at++) this.adam(at, gradient[at], first, second);
    return loss;
  }

  itemOutputs(): Float32Array {
    const rows = Array.from({ length: this.shape.items }, (_, item) => top(this.itemLevels(item)));
    return Float32Array.from(rows.flatMap((row) => [...row]));
  }

  person(row: number, features: Uint32Array, support: Float32Array, mean: Float32Array): Float32Array {
    const outputs = Array.from({ length: support.length / mean.length }, (_, k) =>
      support.subarray(k * mean.length, (k + 1) * mean.length),
    );
    return top(this.adapt(this.userInput(row, features), outputs, mean).levels);
  }

  /** As `personAndItems` of TwoTowers. */
  personAndItems(
    row: number,
    features: Uint32Array,
    support: Uint32Array,
    mean: Float32Array,
  ): { readonly person: Float32Array; readonly items: Float32Array } {
    const levels = Array.from(support, (item) => this.itemLevels(item));
    const { meta, levels: adapted } = this.adapt(this.userInput(row, features), levels.map(top), mean);
    const terms = this.itemTerms(top(meta), levels, mean);
    const items = Array.from({ length: this.shape.items }, (_, item) =>
      top(this.adaptedItemLevels(this.itemInput(item), terms)),
    );
    return { person: top(adapted), items: Float32Array.from(items.flatMap((one) => [...one])) };
  }

  /** Of the sum of the query losses, at the adapted weights; first order: what the inner step took away counts as constant. */
  gradients(batch: TowerBatch): TowerGradients {
    checkBatch(this.shape, batch);
    const items = Array.from(batch.items, (item) => this.itemLevels(item));
    const outputs = items.map(top);
    const mean = meanOf(outputs.slice(0, batch.pool));
    const people = Array.from(batch.people, (row, at) => {
      const support = listOf(batch.supportOffsets, batch.support, at);
      return this.adapt(
        this.userInput(row, featuresOf(batch, at)),
        support.map((slot) => outputs[slot]),
        mean,
      );
    });
    const toPeople = people.map(({ levels }) => new Float32Array(top(levels).length));
    const gradient = new Float32Array(this.layout.length);
    const loss =
      this.rates.training === 'fomaml-both'
        ? this.addPairsBackward(batch, people, toPeople, items, mean, gradient)
        : this.addItemsBackward(batch, people, toPeople, items, gradient);
    this.userBackward(batch, people, toPeople, gradient);
    return { gradient, loss };
  }

  /** Where the items are what they are for everybody. @returns the loss */
  private addItemsBackward(
    batch: TowerBatch,
    people: readonly Adapted[],
    toPeople: readonly Float32Array[],
    items: readonly Levels[],
    gradient: Float32Array,
  ): number {
    const outputs = items.map(top);
    const toItems = outputs.map(({ length }) => new Float32Array(length));
    let loss = 0;
    people.forEach(({ levels }, at) => {
      const one = queryDeltas(batch, at, this.rates.margin, top(levels), outputs, toPeople[at], toItems);
      loss = f(loss + one);
    });
    this.itemBackward(batch, items, toItems, gradient);
    return loss;
  }

  /** Where the item tower is adapted to each person, too. @returns the loss */
  private addPairsBackward(
    batch: TowerBatch,
    people: readonly Adapted[],
    toPeople: readonly Float32Array[],
    items: readonly Levels[],
    mean: Float32Array,
    gradient: Float32Array,
  ): number {
    const outputs = items.map(top);
    const pairs: AdaptedItem[] = [];
    let loss = 0;
    people.forEach(({ meta, levels }, person) => {
      const support = listOf(batch.supportOffsets, batch.support, person).map((slot) => items[slot]);
      const terms = this.itemTerms(top(meta), support, mean);
      const z = top(levels);
      let own = 0;
      for (let at = batch.queryOffsets[person]; at < batch.queryOffsets[person + 1]; at++) {
        const negative = negativeOf(batch, person, at, (slot) => inner(z, outputs[slot]));
        const slots = [batch.query[at], negative ?? batch.query[at]];
        const [positive, opposite] = slots.map((slot) => this.adaptedItemLevels(items[slot][0], terms));
        const hinge = f(f(f(this.rates.margin) - inner(z, top(positive))) + inner(z, top(opposite)));
        const isOpen = negative !== undefined && hinge > 0;
        const delta = (sign: number): Float32Array =>
          isOpen ? sumScaled(new Float32Array(z.length), sign, z) : new Float32Array(z.length);
        pairs.push(
          { slot: slots[0], terms, levels: positive, delta: delta(-1), counts: negative !== undefined },
          { slot: slots[1], terms, levels: opposite, delta: delta(1), counts: negative !== undefined },
        );
        if (!isOpen) continue;
        own = f(own + hinge);
        for (let j = 0; j < z.length; j++)
          toPeople[person][j] = f(toPeople[person][j] + top(opposite)[j]) - top(positive)[j];
      }
      loss = f(loss + own);
    });
    this.pairsBackward(batch, pairs, gradient);
    return loss;
  }

  private itemLevels(item: number): Levels {
    return this.forward(this.layout.itemLayers, this.itemInput(item));
  }

  private userInput(row: number, features: Uint32Array): Float32Array {
    const input = new Float32Array(userInputs(this.shape));
    input.set(this.row(0, row));
    if (features.length > 0)
      input.set(
        meanOf(Array.from(features, (one) => this.row(this.layout.featureTable, one))),
        this.shape.embedding,
      );
    return input;
  }

  /** The inner step does not reach the mean of the features. */
  private withoutFeatures(delta: Float32Array): Float32Array {
    return delta.map((value, at) => (at < this.shape.embedding ? value : 0));
  }

  private itemInput(item: number): Float32Array {
    const { embedding } = this.shape;
    const input = new Float32Array(itemInputs(this.shape));
    input.set(this.row(this.layout.itemTable, item));
    const own = this.categoriesOf(item);
    if (own.length > 0)
      input.set(meanOf(Array.from(own, (row) => this.row(this.layout.categoryTable, row))), embedding);
    return input;
  }

  /** The inner step on the item tower: the way back of −z/n from each item of the support whose hinge is open; ȳ counts as constant. */
  private itemTerms(z: Float32Array, support: readonly Levels[], mean: Float32Array): ItemTerm[] {
    const layers = this.layout.itemLayers;
    const share = -f(1 / support.length);
    const opposite = inner(z, mean);
    return support.map((levels) => {
      const isOpen = f(f(f(this.rates.margin) - inner(z, top(levels))) + opposite) > 0;
      let delta = isOpen ? sumScaled(new Float32Array(z.length), share, z) : new Float32Array(z.length);
      const deltas: (Float32Array | undefined)[] = levels.map(() => undefined);
      deltas[layers.length] = delta;
      for (let at = layers.length - 1; at > 0; at--)
        deltas[at] = delta = masked(this.deltaBefore(layers[at], delta), levels[at]);
      return { levels, deltas };
    });
  }

  private adaptedItemLevels(input: Float32Array, terms: readonly ItemTerm[]): Levels {
    const layers = this.layout.itemLayers;
    const levels = [input];
    layers.forEach((layer, at) => {
      let output = this.linear(layer, levels[at]);
      for (const { levels: of, deltas } of terms) {
        const likeness = f(inner(of[at], levels[at]) + 1);
        output = sumScaled(output, -f(f(this.rates.innerRate) * likeness), deltas[at + 1] as Float32Array);
      }
      levels.push(at + 1 < layers.length ? rectified(output) : output);
    });
    return levels;
  }

  private forward(layers: readonly LayerPlace[], input: Float32Array): Levels {
    const levels = [input];
    layers.forEach((layer, at) => {
      const output = this.linear(layer, levels[at]);
      levels.push(at + 1 < layers.length ? rectified(output) : output);
    });
    return levels;
  }

  /** The inner step, and the way through the tower at the weights that it leads to. */
  private adapt(input: Float32Array, support: readonly Float32Array[], mean: Float32Array): Adapted {
    const { training, margin, innerRate } = this.rates;
    const layers = this.layout.userLayers;
    const meta = this.forward(layers, input);
    if (training === 'plain') return { meta, deltas: meta.map(() => undefined), levels: meta };
    const deltas: (Float32Array | undefined)[] = meta.map(() => undefined);
    let delta = innerDelta(top(meta), support, mean, margin);
    deltas[layers.length] = delta;
    if (training === 'fomaml' || training === 'fomaml-both')
      for (let at = layers.length - 1; at >= 0; at--) {
        delta = this.deltaBefore(layers[at], delta);
        delta = at > 0 ? masked(delta, meta[at]) : this.withoutFeatures(delta);
        deltas[at] = delta;
      }
    const levels = [deltas[0] ? sumScaled(meta[0], -innerRate, deltas[0]) : meta[0]];
    layers.forEach((layer, at) => {
      const output = this.linear(layer, levels[at]);
      const step = deltas[at + 1];
      const likeness = f(inner(meta[at], levels[at]) + 1);
      const adapted = step ? sumScaled(output, -f(f(innerRate) * likeness), step) : output;
      levels.push(at + 1 < layers.length ? rectified(adapted) : adapted);
    });
    return { meta, deltas, levels };
  }

  private userBackward(
    batch: TowerBatch,
    people: readonly Adapted[],
    tops: readonly Float32Array[],
    gradient: Float32Array,
  ): void {
    const layers = this.layout.userLayers;
    people.forEach(({ meta, deltas, levels }, person) => {
      let delta = tops[person];
      for (let at = layers.length - 1; at >= 0; at--) {
        this.addLayerGradient(layers[at], levels[at], delta, gradient);
        const step = deltas[at + 1];
        const before = this.deltaBefore(layers[at], delta);
        const likeness = step ? inner(step, delta) : 0;
        delta = step ? sumScaled(before, -f(f(this.rates.innerRate) * likeness), meta[at]) : before;
        if (at > 0) delta = masked(delta, levels[at]);
      }
      const { people: rows, embedding } = this.shape;
      const begin = (rows === 1 ? 0 : batch.people[person]) * embedding;
      delta.subarray(0, embedding).forEach((value, at) => (gradient[begin + at] += value));
      this.addToRows(
        this.layout.featureTable,
        featuresOf(batch, person),
        delta.subarray(embedding),
        gradient,
      );
    });
  }

  private itemBackward(
    { items: rows, trained }: TowerBatch,
    items: readonly Levels[],
    tops: readonly Float32Array[],
    gradient: Float32Array,
  ): void {
    const { embedding } = this.shape;
    const layers = this.layout.itemLayers;
    for (let slot = 0; slot < trained; slot++) {
      let delta = tops[slot];
      for (let at = layers.length - 1; at >= 0; at--) {
        this.addLayerGradient(layers[at], items[slot][at], delta, gradient);
        delta = this.deltaBefore(layers[at], delta);
        if (at > 0) delta = masked(delta, items[slot][at]);
      }
      gradient.set(delta.subarray(0, embedding), this.layout.itemTable + rows[slot] * embedding);
      if (this.shape.categories > 0) this.addToCategories(rows[slot], delta.subarray(embedding), gradient);
    }
  }

  /** Gradients at the adapted weights; rows that share an item are added in their order. */
  private pairsBackward(
    { items: rows, trained }: TowerBatch,
    pairs: readonly AdaptedItem[],
    gradient: Float32Array,
  ): void {
    const { embedding } = this.shape;
    const layers = this.layout.itemLayers;
    const toInputs = Array.from({ length: trained }, () => new Float32Array(itemInputs(this.shape)));
    for (const { slot, terms, levels, delta: atTop, counts } of pairs) {
      let delta = atTop;
      for (let at = layers.length - 1; at >= 0; at--) {
        this.addLayerGradient(layers[at], levels[at], delta, gradient);
        let before = this.deltaBefore(layers[at], delta);
        for (const { levels: of, deltas } of terms) {
          const likeness = inner(deltas[at + 1] as Float32Array, delta);
          before = sumScaled(before, -f(f(this.rates.innerRate) * likeness), of[at]);
        }
        delta = at > 0 ? masked(before, levels[at]) : before;
      }
      if (counts) toInputs[slot] = toInputs[slot].map((value, at) => value + delta[at]);
    }
    toInputs.forEach((delta, slot) => {
      gradient.set(delta.subarray(0, embedding), this.layout.itemTable + rows[slot] * embedding);
      if (this.shape.categories > 0) this.addToCategories(rows[slot], delta.subarray(embedding), gradient);
    });
  }

  private addToCategories(item: number, delta: Float32Array, gradient: Float32Array): void {
    this.addToRows(this.layout.categoryTable, this.categoriesOf(item), delta, gradient);
  }

  /** What a mean passes back to each of its rows. */
  private addToRows(table: number, rows: Uint32Array, delta: Float32Array, gradient: Float32Array): void {
    for (const row of rows) {
      const begin = table + row * this.shape.embedding;
      delta.forEach((value, at) => (gradient[begin + at] += f(f(1 / rows.length) * value)));
    }
  }

  /** Parameters that a batch changes, as extents: all layers, and the rows that it names. */
  private touched({ people, items, trained, features }: TowerBatch): (readonly [number, number])[] {
    const { embedding } = this.shape;
    const { itemTable, categoryTable, featureTable, dense, length } = this.layout;
    const trainedItems = [...items.subarray(0, trained)];
    const rows = [
      ...Array.from(new Set(people), (row) => row * embedding),
      ...trainedItems.map((row) => itemTable + row * embedding),
      ...Array.from(
        new Set(trainedItems.flatMap((item) => [...this.categoriesOf(item)])),
        (row) => categoryTable + row * embedding,
      ),
      ...Array.from(new Set(features), (row) => featureTable + row * embedding),
    ];
    return [[dense, length], ...rows.map((begin) => [begin, begin + embedding] as const)];
  }

  /** Kingma, Ba (ICLR 2015), algorithm 1, with the weight decay of Loshchilov, Hutter (ICLR 2019). */
  private adam(at: number, gradient: number, first: number, second: number): void {
    const rate = f(this.rates.learningRate);
    const kept = f(1 - f(rate * f(this.rates.weightDecay)));
    this.first[at] = f(BETA_1 * this.first[at]) + f(f(1 - BETA_1) * gradient);
    this.second[at] = f(BETA_2 * this.second[at]) + f(f(1 - BETA_2) * f(gradient * gradient));
    const spread = f(f(Math.sqrt(f(this.second[at] * second))) + EPSILON);
    this.values[at] = f(kept * this.values[at]) - f(f(f(rate * first) * this.first[at]) / spread);
  }

  private categoriesOf(item: number): Uint32Array {
    const { categoryOffsets, categoryIndices } = this.shape;
    return categoryIndices.subarray(categoryOffsets[item], categoryOffsets[item + 1]);
  }

  private row(table: number, row: number): Float32Array {
    const begin = table + row * this.shape.embedding;
    return this.values.subarray(begin, begin + this.shape.embedding);
  }

  private linear({ inputs, outputs, weights }: LayerPlace, input: Float32Array): Float32Array {
    const output = this.values.slice(weights + inputs * outputs, weights + inputs * outputs + outputs);
    for (let k = 0; k < inputs; k++)
      for (let j = 0; j < outputs; j++) output[j] += f(input[k] * this.values[weights + k * outputs + j]);
    return output;
  }

  private deltaBefore({ inputs, outputs, weights }: LayerPlace, delta: Float32Array): Float32Array {
    const before = new Float32Array(inputs);
    for (let k = 0; k < inputs; k++)
      for (let j = 0; j < outputs; j++) before[k] += f(delta[j] * this.values[weights + k * outputs + j]);
    return before;
  }

  private addLayerGradient(
    { inputs, outputs, weights }: LayerPlace,
    input: Float32Array,
    delta: Float32Array,
    gradient: Float32Array,
  ): void {
    for (let k = 0; k < inputs; k++)
      for (let j = 0; j < outputs; j++) gradient[weights + k * outputs + j] += f(input[k] * delta[j]);
    for (let j = 0; j < outputs; j++) gradient[weights + inputs * outputs + j] += delta[j];
  }
}

/** δ of (1/n) Σ_k max(0, margin − z·y_k + z·ȳ). */
function innerDelta(
  z: Float32Array,
  support: readonly Float32Array[],
  mean: Float32Array,
  margin: number,
): Float32Array {
  const delta = new Float32Array(z.length);
  const opposite = inner(z, mean);
  for (const y of support)
    if (f(f(f(margin) - inner(z, y)) + opposite) > 0)
      for (let j = 0; j < z.length; j++) delta[j] = f(delta[j] + mean[j]) - y[j];
  const share = f(1 / support.length);
  return support.length === 0 ? delta : delta.map((value) => value * share);
}

/** Adds to `delta` and `toItems` what one person's query pairs give. @returns their loss */
function queryDeltas(
  batch: TowerBatch,
  person: number,
  margin: number,
  z: Float32Array,
  outputs: readonly Float32Array[],
  delta: Float32Array,
  toItems: readonly Float32Array[],
): number {
  let loss = 0;
  for (let at = batch.queryOffsets[person]; at < batch.queryOffsets[person + 1]; at++) {
    const positive = batch.query[at];
    const negative = negativeOf(batch, person, at, (slot) => inner(z, outputs[slot]));
    if (negative === undefined) continue;
    const hinge = f(f(f(margin) - inner(z, outputs[positive])) + inner(z, outputs[negative]));
    if (!(hinge > 0)) continue;
    loss = f(loss + hinge);
    for (let j = 0; j < z.length; j++) {
      delta[j] = f(delta[j] + outputs[negative][j]) - outputs[positive][j];
      toItems[negative][j] += z[j];
      toItems[positive][j] -= z[j];
    }
  }
  return loss;
}

/** Slot of the greatest score among the candidates of query entry `at` that the person has not met, in the pool, then behind it. */
function negativeOf(
  { candidates, inBatch, pool, trained, excluded }: TowerBatch,
  person: number,
  at: number,
  score: (slot: number) => number,
): number | undefined {
  const behind = trained - pool;
  const others = Math.min(inBatch, behind);
  const slots = [
    ...Array.from({ length: candidates }, (_, n) => (((at * candidates) % pool) + n) % pool),
    ...Array.from({ length: others }, (_, n) => pool + ((((at * others) % behind) + n) % behind)),
  ];
  let best: number | undefined;
  for (const slot of slots) {
    if (excluded[person * trained + slot] === 1) continue;
    if (best === undefined || score(slot) > score(best)) best = slot;
  }
  return best;
}

function top(levels: Levels): Float32Array {
  return levels[levels.length - 1];
}

function featuresOf({ featureOffsets, features }: TowerBatch, person: number): Uint32Array {
  return features.subarray(featureOffsets[person], featureOffsets[person + 1]);
}

function listOf(offsets: Uint32Array, entries: Uint32Array, list: number): number[] {
  return [...entries.subarray(offsets[list], offsets[list + 1])];
}

function meanOf(rows: readonly Float32Array[]): Float32Array {
  const mean = new Float32Array(rows[0].length);
  for (const row of rows) row.forEach((value, at) => (mean[at] += value));
  const share = f(1 / rows.length);
  return mean.map((sum) => sum * share);
}

function sumScaled(a: Float32Array, scale: number, b: Float32Array): Float32Array {
  return a.map((value, at) => value + f(f(scale) * b[at]));
}

function rectified(row: Float32Array): Float32Array {
  return row.map((value) => (value > 0 ? value : 0));
}

/** Where outputs are not positive, ReLU passes nothing back. */
function masked(delta: Float32Array, output: Float32Array): Float32Array {
  return delta.map((value, at) => (output[at] > 0 ? value : 0));
}

/** Four sums over j mod 4, added as (s0 + s1) + (s2 + s3). */
function inner(a: Float32Array, b: Float32Array): number {
  const lanes = new Float32Array(4);
  for (let j = 0; j < a.length; j++) lanes[j % 4] += f(a[j] * b[j]);
  return f(f(lanes[0] + lanes[1]) + f(lanes[2] + lanes[3]));
}
