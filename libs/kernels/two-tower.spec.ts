import { createHash } from 'node:crypto';
import type * as tfjs from '@tensorflow/tfjs-core';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fromBase64 } from '#libs/essentials';
import { gradientsOf, refusalOf } from '#libs/testkit';
import { base64 } from './generated/two-tower.wasm.js';
import {
  TWO_TOWER_DIGEST,
  TwoTowers,
  TwoTowersReference,
  type InnerStep,
  type TowerBatch,
  type TowerLayout,
  type TowerRates,
  type TowerShape,
} from './index.js';

/** Bits of the floats, so that 0 and −0, and each NaN, count as different. */
const bits = (floats: Float32Array): Uint32Array => new Uint32Array(floats.slice().buffer);

/** Of three people. */
const FEATURELESS = { featureOffsets: new Uint32Array(4), features: new Uint32Array() };

/** A repeatable sequence of whole numbers below 2^32. */
function words(seed: number): () => number {
  let state = seed >>> 0;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0);
}

function floats(length: number, seed: number, scale: number): Float32Array {
  const next = words(seed);
  return Float32Array.from({ length }, () => scale * (next() / 2 ** 31 - 1));
}

const CAPACITY = { episodes: 8, slots: 32, support: 32, query: 32, features: 16 };
const RATES: TowerRates = {
  training: 'fomaml',
  margin: 1,
  innerRate: 0.3,
  learningRate: 0.01,
  weightDecay: 0.1,
};

/** Items 0 … 11; categories a, b, c, of which item i has i mod 3: none, one or two; four features of people. */
function shapeOf(change: Partial<TowerShape> = {}): TowerShape {
  const lists = Array.from({ length: 12 }, (_, item) => [[], [item % 2], [0, 2]][item % 3]);
  return {
    people: 5,
    items: 12,
    categories: 3,
    categoryOffsets: offsetsOf(lists),
    categoryIndices: Uint32Array.from(lists.flat()),
    features: 4,
    embedding: 8,
    userLayers: [12, 4],
    itemLayers: [8, 12, 4],
    ...change,
  };
}

function offsetsOf(lists: readonly (readonly unknown[])[]): Uint32Array {
  const offsets = new Uint32Array(lists.length + 1);
  lists.forEach(({ length }, at) => (offsets[at + 1] = offsets[at] + length));
  return offsets;
}

/** Three of the five people with the features that chance gives them, two pool items, queries of one or two, supports of none to three; all by chance. */
function batchOf(seed: number, change: Partial<TowerBatch> = {}): TowerBatch {
  const next = words(seed);
  const pick = (below: number): number => Math.floor((next() / 2 ** 32) * below);
  const shuffled = Array.from({ length: 12 }, (_, item) => ({ item, key: next() })).sort(
    (a, b) => a.key - b.key,
  );
  const lists = (least: number, most: number, slots: number) => {
    const counts = [0, 1, 2].map(() => least + pick(most - least + 1));
    const offsets = Uint32Array.of(0, counts[0], counts[0] + counts[1], counts[0] + counts[1] + counts[2]);
    return { offsets, entries: Uint32Array.from({ length: offsets[3] }, () => pick(slots)) };
  };
  const [query, support] = [lists(1, 2, 8), lists(0, 3, 11)];
  const features = [0, 1, 2].map(() => [0, 1, 2, 3].filter(() => pick(2) === 1));
  return {
    people: Uint32Array.of(4, 0, 2),
    featureOffsets: offsetsOf(features),
    features: Uint32Array.from(features.flat()),
    items: Uint32Array.from(shuffled.slice(0, 11), ({ item }) => item),
    pool: 4,
    trained: 8,
    supportOffsets: support.offsets,
    support: support.entries,
    queryOffsets: query.offsets,
    query: query.entries,
    excluded: Uint8Array.from({ length: 24 }, () => (pick(4) >> 1) & 1),
    candidates: 1 + pick(4),
    inBatch: pick(6),
    ...change,
  };
}

const trainings: readonly InnerStep[] = ['plain', 'fomaml', 'fomaml-both', 'anil'];
const shapes: fc.Arbitrary<Partial<TowerShape>> = fc
  .record(
    {
      embedding: fc.constantFrom(4, 8, 20),
      userLayers: fc.constantFrom([4], [8, 12], [16, 4, 8]).map((layers) => [...layers, 12]),
      itemLayers: fc.constantFrom([], [20], [12, 4]).map((layers) => [...layers, 12]),
    },
    { requiredKeys: [] },
  )
  .map((change) => ({ userLayers: [12], itemLayers: [12], ...change }));

describe('the two-tower kernel', () => {
  it.each(trainings)('trains %s to the same bits as the reference', (training) => {
    fc.assert(
      fc.property(shapes, fc.nat(), fc.constantFrom(0.05, 0.5), (change, seed, scale) => {
        const shape = shapeOf(change);
        const rates = { ...RATES, training };
        const [kernel, reference] = [
          new TwoTowers(shape, CAPACITY, rates),
          new TwoTowersReference(shape, rates),
        ];
        const initial = floats(kernel.layout.length, seed, scale);
        for (const towers of [kernel, reference]) towers.write(initial);
        for (let step = 0; step < 3; step++) {
          const batch = batchOf(seed + step);
          expect(kernel.step(batch)).toBe(reference.step(batch));
        }
        expect(bits(kernel.parameters())).toEqual(bits(reference.parameters()));
        expect(bits(kernel.parameters())).not.toEqual(bits(initial));
      }),
      { numRuns: 40 },
    );
  });

  it.each(trainings)('answers %s to the same bits as the reference', (training) => {
    fc.assert(
      fc.property(shapes, fc.nat(), fc.integer({ min: 0, max: 7 }), (change, seed, count) => {
        const shape = shapeOf(change);
        const rates = { ...RATES, training };
        const [kernel, reference] = [
          new TwoTowers(shape, CAPACITY, rates),
          new TwoTowersReference(shape, rates),
        ];
        for (const towers of [kernel, reference]) towers.write(floats(kernel.layout.length, seed, 0.5));
        expect(bits(kernel.itemOutputs())).toEqual(bits(reference.itemOutputs()));
        const [support, mean] = [floats(count * 12, seed + 1, 1), floats(12, seed + 2, 1)];
        const features = Uint32Array.from([0, 1, 3].slice(0, seed % 4));
        const [one, other] = [kernel, reference].map((towers) => towers.person(3, features, support, mean));
        expect(bits(one)).toEqual(bits(other));
      }),
      { numRuns: 40 },
    );
  });

  it('answers with the items adapted to the person to the same bits as the reference', () => {
    fc.assert(
      fc.property(shapes, fc.nat(), fc.integer({ min: 0, max: 7 }), (change, seed, count) => {
        const shape = shapeOf(change);
        const rates: TowerRates = { ...RATES, training: 'fomaml-both' };
        const [kernel, reference] = [
          new TwoTowers(shape, CAPACITY, rates),
          new TwoTowersReference(shape, rates),
        ];
        const initial = floats(kernel.layout.length, seed, 0.5);
        const support = Uint32Array.from({ length: count }, (_, at) => (at * 5 + seed) % 12);
        const mean = floats(12, seed + 2, 1);
        const [one, other] = [kernel, reference].map((towers) => {
          towers.write(initial);
          return towers.personAndItems(3, Uint32Array.from([1, 2].slice(0, seed % 3)), support, mean);
        });
        expect(bits(one.person)).toEqual(bits(other.person));
        expect(bits(one.items)).toEqual(bits(other.items));
        if (count === 0) expect(bits(one.items)).toEqual(bits(kernel.itemOutputs()));
      }),
      { numRuns: 40 },
    );
  });

  it('trains one shared row, and a catalogue without categories and features, to the same bits as the reference', () => {
    const shape = shapeOf({
      people: 1,
      categories: 0,
      categoryOffsets: new Uint32Array(13),
      categoryIndices: new Uint32Array(),
      features: 0,
    });
    const [kernel, reference] = [new TwoTowers(shape, CAPACITY, RATES), new TwoTowersReference(shape, RATES)];
    const batch = batchOf(9, { people: new Uint32Array(3), ...FEATURELESS });
    for (const towers of [kernel, reference]) {
      towers.write(floats(kernel.layout.length, 9, 0.5));
      for (let step = 0; step < 3; step++) towers.step(batch);
    }
    expect(bits(kernel.parameters())).toEqual(bits(reference.parameters()));
  });

  it('agrees with the reference at the sizes of the paper', () => {
    const shape = shapeOf({ embedding: 96, userLayers: [512, 256, 128, 64], itemLayers: [256, 128, 64] });
    const [kernel, reference] = [new TwoTowers(shape, CAPACITY, RATES), new TwoTowersReference(shape, RATES)];
    for (const towers of [kernel, reference]) {
      towers.write(floats(kernel.layout.length, 5, 0.1));
      towers.step(batchOf(5));
    }
    expect(bits(kernel.parameters())).toEqual(bits(reference.parameters()));
  });

  it('leaves the rows alone that a batch does not name', () => {
    const shape = shapeOf();
    const towers = new TwoTowers(shape, CAPACITY, RATES);
    const initial = floats(towers.layout.length, 2, 0.5);
    towers.write(initial);
    const batch = batchOf(2, {
      featureOffsets: Uint32Array.of(0, 1, 1, 3),
      features: Uint32Array.of(2, 0, 2),
    });
    towers.step(batch);
    const changed = (begin: number): boolean =>
      towers
        .parameters()
        .subarray(begin, begin + 8)
        .some((value, at) => value !== initial[begin + at]);
    expect([0, 1, 2, 3, 4].filter((row) => changed(row * 8))).toEqual([0, 2, 4]);
    const items = Array.from({ length: 12 }, (_, item) => item).filter((item) =>
      changed(towers.layout.itemTable + item * 8),
    );
    expect(items).toEqual([...batch.items.subarray(0, batch.trained)].sort((a, b) => a - b));
    const features = [0, 1, 2, 3].filter((feature) => changed(towers.layout.featureTable + feature * 8));
    expect(features).toEqual([0, 2]);
  });

  it('shares the row of one feature among all who have it, and tells people apart by theirs', () => {
    const shape = shapeOf({ people: 1 });
    const towers = new TwoTowers(shape, CAPACITY, RATES);
    towers.write(floats(towers.layout.length, 8, 0.5));
    const ask = (...features: number[]): Float32Array =>
      towers.person(0, Uint32Array.from(features), new Float32Array(), new Float32Array(4));
    expect(bits(ask(1))).not.toEqual(bits(ask(2)));
    expect(bits(ask(1))).not.toEqual(bits(ask(1, 2)));
    expect(bits(ask())).not.toEqual(bits(ask(1)));
    expect(bits(ask(2))).toEqual(bits(ask(2)));
  });

  describe('with layers that pass on one embedding, so that items 0 … 3 score 1, 3, 2 and 0', () => {
    const shape = shapeOf({
      people: 1,
      items: 4,
      categories: 0,
      categoryOffsets: new Uint32Array(5),
      categoryIndices: new Uint32Array(),
      features: 0,
      embedding: 4,
      userLayers: [4],
      itemLayers: [4],
    });
    const towers = new TwoTowersReference(shape, { ...RATES, training: 'plain' });
    const identity = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0];
    const rows = [1, 3, 2, 0].flatMap((first) => [first, 0, 0, 0]);
    towers.write(Float32Array.of(1, 0, 0, 0, ...rows, ...identity, ...identity));
    const one: TowerBatch = {
      people: Uint32Array.of(0),
      featureOffsets: new Uint32Array(2),
      features: new Uint32Array(),
      items: Uint32Array.of(0, 1, 2, 3),
      pool: 3,
      trained: 4,
      supportOffsets: Uint32Array.of(0, 0),
      support: new Uint32Array(),
      queryOffsets: Uint32Array.of(0, 1),
      query: Uint32Array.of(3),
      excluded: Uint8Array.of(0, 1, 0, 1),
      candidates: 3,
      inBatch: 0,
    };

    it('takes the hardest of the candidates that the person has not met', () => {
      const { gradient, loss } = towers.gradients(one);
      expect(loss).toBe(3); // 1 − 0 + 2: item 1 is met, item 2 beats item 0
      expect([...gradient.subarray(0, 20)]).toEqual([
        2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, -1, 0, 0, 0,
      ]);
    });

    it('takes what others of the batch ask about, too, where that is wanted and the person has not met it', () => {
      // Two people: the first asks about item 3, the second about item 1; the pool is item 0.
      const two: TowerBatch = {
        ...one,
        people: new Uint32Array(2),
        featureOffsets: new Uint32Array(3),
        items: Uint32Array.of(0, 3, 1, 2),
        pool: 1,
        trained: 3,
        supportOffsets: new Uint32Array(3),
        queryOffsets: Uint32Array.of(0, 1, 2),
        query: Uint32Array.of(1, 2),
        excluded: Uint8Array.of(0, 1, 0, 0, 0, 1),
        candidates: 1,
      };
      const lossWith = (change: Partial<TowerBatch>): number => towers.gradients({ ...two, ...change }).loss;
      expect(lossWith({ inBatch: 0 })).toBe(2); // 1 − 0 + 1; 1 − 3 + 1 is closed
      expect(lossWith({ inBatch: 2 })).toBe(4); // 1 − 0 + 3: item 1 is the other's; item 0 beats item 3
      expect(lossWith({ inBatch: 2, excluded: Uint8Array.of(0, 1, 1, 0, 0, 1) })).toBe(2); // the first has met item 1
    });
  });

  it('is the module that its digest names, imports nothing, and uses no relaxed SIMD', () => {
    const bytes = fromBase64(base64);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(TWO_TOWER_DIGEST);
    expect(WebAssembly.Module.imports(new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>))).toEqual([]);
    const relaxed = bytes.findIndex(
      (byte, at) => byte === 0xfd && bytes[at + 1] >= 0x80 && bytes[at + 1] <= 0x92 && bytes[at + 2] === 0x02,
    );
    expect(relaxed).toBe(-1);
  });
});

describe('the two-tower kernel refuses', () => {
  const shapes: readonly [string, Partial<TowerShape>, string][] = [
    ['widths that are no multiple of 4', { userLayers: [6, 4] }, 'DIMENSIONS_INVALID'],
    ['towers that end with different widths', { itemLayers: [8] }, 'DIMENSIONS_INVALID'],
    ['a tower without layers', { itemLayers: [] }, 'DIMENSIONS_INVALID'],
    ['a table of no people', { people: 0 }, 'DIMENSIONS_INVALID'],
    ['offsets of categories that end early', { categoryOffsets: new Uint32Array(13) }, 'OFFSETS_INVALID'],
    ['a part of a feature', { features: 0.5 }, 'DIMENSIONS_INVALID'],
    ['a category beyond the table', { categories: 2 }, 'INDEX_OUT_OF_RANGE'],
  ];
  it.each(shapes)('%s', (_, change, code) => {
    expect(refusalOf(() => new TwoTowers(shapeOf(change), CAPACITY, RATES))).toBe(code);
    expect(refusalOf(() => new TwoTowersReference(shapeOf(change), RATES))).toBe(code);
  });

  const batches: readonly [string, Partial<TowerBatch>, string][] = [
    ['a person beyond the table', { people: Uint32Array.of(4, 5, 0) }, 'INDEX_OUT_OF_RANGE'],
    ['an item beyond the table', { items: new Uint32Array(11).fill(12) }, 'INDEX_OUT_OF_RANGE'],
    [
      'a query slot that is not trained',
      { query: new Uint32Array(6).fill(8), queryOffsets: Uint32Array.of(0, 2, 4, 6) },
      'INDEX_OUT_OF_RANGE',
    ],
    [
      'a support slot that is not there',
      { support: new Uint32Array(3).fill(11), supportOffsets: Uint32Array.of(0, 1, 2, 3) },
      'INDEX_OUT_OF_RANGE',
    ],
    [
      'a feature beyond the table',
      { features: Uint32Array.of(4), featureOffsets: Uint32Array.of(0, 1, 1, 1) },
      'INDEX_OUT_OF_RANGE',
    ],
    ['features of other people', { featureOffsets: Uint32Array.of(0) }, 'OFFSETS_INVALID'],
    ['no pool', { pool: 0, excluded: new Uint8Array() }, 'INDEX_OUT_OF_RANGE'],
    ['more candidates than the pool has', { candidates: 5 }, 'INDEX_OUT_OF_RANGE'],
    [
      'lists of other people',
      { queryOffsets: Uint32Array.of(0), query: new Uint32Array() },
      'OFFSETS_INVALID',
    ],
    ['a part of a candidate', { inBatch: 0.5 }, 'INDEX_OUT_OF_RANGE'],
    [
      'a person of whom it is not said what they have met',
      { excluded: new Uint8Array(23) },
      'VALUES_LENGTH_INVALID',
    ],
  ];
  it.each(batches)('%s', (_, change, code) => {
    expect(refusalOf(() => new TwoTowers(shapeOf(), CAPACITY, RATES).step(batchOf(1, change)))).toBe(code);
    expect(refusalOf(() => new TwoTowersReference(shapeOf(), RATES).step(batchOf(1, change)))).toBe(code);
  });

  it('a batch that its memory was not laid out for', () => {
    for (const less of [{ episodes: 2 }, { features: 1 }]) {
      const towers = new TwoTowers(shapeOf(), { ...CAPACITY, ...less }, RATES);
      expect(refusalOf(() => towers.step(batchOf(1)))).toBe('MEMORY_EXHAUSTED');
    }
    const narrow = new TwoTowers(shapeOf(), { ...CAPACITY, features: 1 }, RATES);
    expect(
      refusalOf(() => narrow.person(0, Uint32Array.of(0, 1), new Float32Array(), new Float32Array(4))),
    ).toBe('MEMORY_EXHAUSTED');
  });

  it('to give parameters that left the range of 32-bit floats', () => {
    const towers = new TwoTowers(shapeOf(), CAPACITY, { ...RATES, learningRate: 1e38 });
    towers.write(floats(towers.layout.length, 3, 0.5));
    for (let step = 0; step < 3; step++) towers.step(batchOf(step));
    expect(refusalOf(() => towers.parameters())).toBe('NOT_FINITE');
  });

  it('parameters, rows and outputs of another length', () => {
    const towers = new TwoTowers(shapeOf(), CAPACITY, RATES);
    expect(refusalOf(() => towers.write(new Float32Array(3)))).toBe('FACTORS_LENGTH_INVALID');
    const ask = (row: number, feature: number, length: number): string =>
      refusalOf(() =>
        towers.person(row, Uint32Array.of(feature), new Float32Array(length), new Float32Array(4)),
      );
    expect(ask(5, 0, 4)).toBe('INDEX_OUT_OF_RANGE');
    expect(ask(0, 4, 4)).toBe('INDEX_OUT_OF_RANGE');
    expect(ask(0, 0, 5)).toBe('FACTORS_LENGTH_INVALID');
    const both = new TwoTowers(shapeOf(), CAPACITY, { ...RATES, training: 'fomaml-both' });
    const answers: readonly (readonly [number, number[], number])[] = [
      [5, [0], 4],
      [0, [12], 4],
      [0, new Array<number>(33).fill(0), 4],
    ];
    for (const [row, support, width] of answers)
      expect(
        refusalOf(() =>
          both.personAndItems(row, new Uint32Array(), Uint32Array.from(support), new Float32Array(width)),
        ),
      ).toBe('INDEX_OUT_OF_RANGE');
    expect(
      refusalOf(() => both.personAndItems(0, new Uint32Array(), Uint32Array.of(0), new Float32Array(5))),
    ).toBe('FACTORS_LENGTH_INVALID');
  });
});

describe('the gradients of the reference', () => {
  const shape = shapeOf();
  const batch = batchOf(17, { candidates: 1, inBatch: 0 });

  it.each(trainings)(
    'of %s are those of TensorFlow.js 4.22.0, autodiff on the cpu backend',
    async (training) => {
      const towers = new TwoTowersReference(shape, { ...RATES, training });
      const parameters = floats(towers.layout.length, 21, 0.5);
      towers.write(parameters);
      const { gradient, loss } = towers.gradients(batch);
      const oracle = await autodiff(shape, towers.layout, { ...RATES, training }, parameters, batch);
      expect(Math.abs(loss - oracle.loss)).toBeLessThan(1e-4);
      expect(Math.max(...gradient.map(Math.abs))).toBeGreaterThan(0.1);
      // Sums of at most a few hundred terms of the size 1, each rounded to 2^−24: 1e-4 is ten times what rounding may make.
      gradient.forEach((value, at) => expect(Math.abs(value - oracle.gradient[at])).toBeLessThan(1e-4));
    },
  );

  it('of plain are the differences of its losses', () => {
    const towers = new TwoTowersReference(shape, { ...RATES, training: 'plain' });
    const parameters = floats(towers.layout.length, 21, 0.5);
    towers.write(parameters);
    const { gradient } = towers.gradients(batch);
    const lossAt = (at: number, change: number): number => {
      const changed = parameters.slice();
      changed[at] += change;
      towers.write(changed);
      return towers.gradients(batch).loss;
    };
    const step = 2 ** -9;
    for (let at = 0; at < parameters.length; at += 7)
      expect(Math.abs((lossAt(at, step) - lossAt(at, -step)) / (2 * step) - gradient[at])).toBeLessThan(2e-2);
  });
});

type TensorFlow = typeof tfjs;
type Matrix = tfjs.Tensor2D;

interface Oracle {
  readonly loss: number;
  readonly gradient: Float32Array;
}

/** First-order meta-gradient: the inner steps are computed by autodiff too, and then count as constant. */
async function autodiff(
  shape: TowerShape,
  layout: TowerLayout,
  rates: TowerRates,
  parameters: Float32Array,
  batch: TowerBatch,
): Promise<Oracle> {
  const extents = extentsOf(shape, layout);
  const inputs = extents.map((extent) => ({
    shape: extent.shape,
    data: parameters.slice(extent.begin, extent.begin + extent.shape[0] * extent.shape[1]),
  }));
  const people = [...batch.people.keys()];
  const adapts = adaptedTensors(shape, rates);
  const steps = await Promise.all(
    people.map(async (person) => {
      const { by } = await gradientsOf((tf, all) => {
        const constants = inputs.map((one) => tf.tensor(one.data, one.shape));
        return innerLoss(tf, shape, rates, batch, person, all, constants);
      }, inputs);
      return by.map((gradient, at) => gradient.map((value) => value * (adapts(at) ? rates.innerRate : 0)));
    }),
  );
  const { loss, by } = await gradientsOf((tf, all) => {
    const losses = people.map((person) => {
      const own = all.map((one, at) => tf.sub(one, tf.tensor(steps[person][at], one.shape)));
      const items = itemTower(tf, shape, batch, own);
      return queryLoss(tf, rates, batch, person, userTower(tf, shape, batch, person, own), items);
    });
    return losses.reduce((sum, one) => tf.add(sum, one));
  }, inputs);
  const gradient = new Float32Array(parameters.length);
  by.forEach((one, at) => gradient.set(one, extents[at].begin));
  return { loss, gradient };
}

/** Tables of people, items, categories and features; weights and biases of the user tower's layers, then of the item tower's. */
function extentsOf(shape: TowerShape, layout: TowerLayout): { begin: number; shape: [number, number] }[] {
  const { people, items, categories, features, embedding } = shape;
  return [
    { begin: 0, shape: [people, embedding] },
    { begin: layout.itemTable, shape: [items, embedding] },
    { begin: layout.categoryTable, shape: [categories, embedding] },
    { begin: layout.featureTable, shape: [features, embedding] },
    ...[...layout.userLayers, ...layout.itemLayers].flatMap(({ inputs, outputs, weights }) => [
      { begin: weights, shape: [inputs, outputs] as [number, number] },
      { begin: weights + inputs * outputs, shape: [1, outputs] as [number, number] },
    ]),
  ];
}

const TABLES = 4;

/** Which of the tensors the inner step changes. */
function adaptedTensors({ userLayers }: TowerShape, { training }: TowerRates): (at: number) => boolean {
  const end = TABLES + 2 * userLayers.length;
  if (training === 'plain') return () => false;
  if (training === 'fomaml-both') return (at) => at === 0 || at >= TABLES;
  return training === 'anil'
    ? (at) => at >= end - 2 && at < end
    : (at) => at === 0 || (at >= TABLES && at < end);
}

function rowsOf(tf: TensorFlow, table: tfjs.Tensor, rows: readonly number[]): Matrix {
  return tf.gather<Matrix>(table as Matrix, tf.tensor1d([...rows], 'int32'));
}

function layersForward(tf: TensorFlow, input: Matrix, layers: readonly tfjs.Tensor[]): Matrix {
  let x = input;
  for (let at = 0; at < layers.length; at += 2) {
    x = tf.add(tf.matMul(x, layers[at]), layers[at + 1]);
    if (at + 2 < layers.length) x = tf.relu(x);
  }
  return x;
}

function userTower(
  tf: TensorFlow,
  { userLayers, features }: TowerShape,
  batch: TowerBatch,
  person: number,
  all: readonly tfjs.Tensor[],
): Matrix {
  const own = batch.features.subarray(batch.featureOffsets[person], batch.featureOffsets[person + 1]);
  const shares = Array.from({ length: features }, (_, one) => (own.includes(one) ? 1 / own.length : 0));
  const mean: Matrix = tf.matMul(tf.tensor2d([shares]), all[3]);
  const input = tf.concat2d([rowsOf(tf, all[0], [batch.people[person]]), mean], 1);
  return layersForward(tf, input, all.slice(TABLES, TABLES + 2 * userLayers.length));
}

function itemTower(
  tf: TensorFlow,
  shape: TowerShape,
  { items }: TowerBatch,
  all: readonly tfjs.Tensor[],
): Matrix {
  const shares = Array.from(items, (item) => {
    const own = shape.categoryIndices.subarray(shape.categoryOffsets[item], shape.categoryOffsets[item + 1]);
    return Array.from({ length: shape.categories }, (_, one) => (own.includes(one) ? 1 / own.length : 0));
  });
  const categories: Matrix = tf.matMul(tf.tensor2d(shares), all[2]);
  const input = tf.concat2d([rowsOf(tf, all[1], [...items]), categories], 1);
  return layersForward(tf, input, all.slice(TABLES + 2 * shape.userLayers.length));
}

/** @param constants the same parameters, for the mean of the pool, which counts as constant */
function innerLoss(
  tf: TensorFlow,
  shape: TowerShape,
  { margin }: TowerRates,
  batch: TowerBatch,
  person: number,
  all: readonly tfjs.Tensor[],
  constants: readonly tfjs.Tensor[],
): tfjs.Tensor {
  const { supportOffsets, support, pool } = batch;
  const slots = [...support.subarray(supportOffsets[person], supportOffsets[person + 1])];
  const z = userTower(tf, shape, batch, person, all);
  const outputs = itemTower(tf, shape, batch, all);
  const poolOutputs = tf.slice2d(itemTower(tf, shape, batch, constants), [0, 0], [pool, -1]);
  const mean: Matrix = tf.mean(poolOutputs, 0, true);
  const scores = tf.matMul(rowsOf(tf, outputs, slots.length > 0 ? slots : [0]), z, false, true);
  const loss = tf.mean(tf.relu(tf.add(tf.sub(margin, scores), tf.matMul(mean, z, false, true))));
  return tf.mul(loss, slots.length > 0 ? 1 : 0);
}

/** Pairs as the batch's rule names them, for one candidate a pair. */
function queryLoss(
  tf: TensorFlow,
  { margin }: TowerRates,
  { queryOffsets, query, pool, trained, excluded }: TowerBatch,
  person: number,
  z: Matrix,
  items: Matrix,
): tfjs.Tensor {
  let loss: tfjs.Tensor = tf.sum(tf.mul(z, 0));
  for (let at = queryOffsets[person]; at < queryOffsets[person + 1]; at++) {
    if (excluded[person * trained + (at % pool)] === 1) continue;
    const pair = rowsOf(tf, items, [query[at], at % pool]);
    const difference = tf.matMul(tf.tensor2d([[-1, 1]]), tf.matMul(pair, z, false, true));
    loss = tf.add(loss, tf.sum(tf.relu(tf.add(difference, margin))));
  }
  return loss;
}
