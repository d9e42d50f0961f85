import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fromBase64 } from '#libs/essentials';
import { gradientsOf, refusalOf } from '#libs/testkit';
import { base64 } from './generated/bpr.wasm.js';
import {
  BPR_DIGEST,
  BprFoldIn,
  BprTraining,
  BprTrainingReference,
  exp32,
  foldInReference,
  kernelExps,
  type BprProblem,
  type BprTable,
} from './index.js';

/** Bits of the floats, so that 0 and −0 count as different. */
const bits = (floats: Float32Array): Uint32Array => new Uint32Array(floats.slice().buffer);

/** A repeatable sequence of words; fast-check picks the seed. */
function words(length: number, seed: number): Uint32Array {
  let state = seed >>> 0;
  return Uint32Array.from({ length }, () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0));
}

const floats = (length: number, seed: number, scale: number): Float32Array =>
  Float32Array.from(words(length, seed), (word) => scale * (word / 2 ** 31 - 1));

const problems: fc.Arbitrary<BprProblem> = fc
  .record({
    dimensions: fc.constantFrom(4, 8, 20),
    itemCount: fc.integer({ min: 1, max: 40 }),
    counts: fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 6 }),
    seed: fc.nat(),
    scale: fc.constantFrom(0.01, 1, 8),
  })
  .map((shape) => problemOf(shape));

function problemOf({
  dimensions,
  itemCount,
  counts,
  seed,
  scale,
}: {
  readonly dimensions: number;
  readonly itemCount: number;
  readonly counts: readonly number[];
  readonly seed: number;
  readonly scale: number;
}): BprProblem {
  const rows = counts.map((count) => Array.from({ length: Math.min(count, itemCount) }, (_, at) => at));
  const offsets = new Uint32Array(rows.length + 1);
  rows.forEach(({ length }, row) => (offsets[row + 1] = offsets[row] + length));
  return {
    dimensions,
    offsets,
    indices: Uint32Array.from(rows.flat()),
    keys: words(4 * rows.length, seed),
    names: words(itemCount, seed + 1),
    people: floats(rows.length * dimensions, seed + 2, scale),
    items: floats(itemCount * dimensions, seed + 3, scale),
    learningRate: 0.1,
    regularization: 0.01,
  };
}

const tableOf = ({ dimensions, items, names, keys, learningRate, regularization }: BprProblem): BprTable => ({
  dimensions,
  items,
  names,
  key: keys.slice(0, 4),
  passes: 3,
  learningRate,
  regularization,
});

const everybody = ({ offsets }: BprProblem): Uint32Array =>
  Uint32Array.from({ length: offsets.length - 1 }, (_, person) => person);

/** One person who has met item 0 of two, so that item 1 is the only negative there is. */
const ONE_SAMPLE: BprProblem = {
  dimensions: 4,
  offsets: Uint32Array.of(0, 1),
  indices: Uint32Array.of(0),
  keys: Uint32Array.of(1, 2, 3, 4),
  names: Uint32Array.of(5, 6),
  people: Float32Array.of(0.5, -0.25, 0.125, 1),
  items: Float32Array.of(0.25, 0.5, -0.5, 0.75, -0.25, 0.5, 1, 0.5),
  learningRate: 0.1,
  regularization: 0.05,
};

describe('the BPR kernel', () => {
  it('trains to the same bits as the reference', () => {
    fc.assert(
      fc.property(problems, (problem) => {
        const [kernel, reference] = [new BprTraining(problem), new BprTrainingReference(problem)];
        for (const epoch of [0, 1, 2]) {
          const order = epoch === 1 ? everybody(problem).reverse() : everybody(problem);
          kernel.epoch(epoch, order);
          reference.epoch(epoch, order);
        }
        expect(bits(kernel.items())).toEqual(bits(reference.items()));
        expect(bits(kernel.people())).toEqual(bits(reference.people()));
      }),
      { numRuns: 40 },
    );
  });

  it('agrees with the reference at the size that is trained', () => {
    const counts = Array.from({ length: 70 }, (_, person) => person);
    const problem = problemOf({ dimensions: 64, itemCount: 300, counts, seed: 9, scale: 0.1 });
    const [kernel, reference] = [new BprTraining(problem), new BprTrainingReference(problem)];
    for (const one of [kernel, reference]) one.epoch(3, everybody(problem));
    expect(bits(kernel.items())).toEqual(bits(reference.items()));
  });

  it('folds people in to the same bits as the reference, one after the other', () => {
    fc.assert(
      fc.property(problems, (problem) => {
        const table = tableOf(problem);
        const kernel = new BprFoldIn(table);
        const { offsets, indices } = problem;
        for (const person of everybody(problem)) {
          const present = indices.slice(offsets[person], offsets[person + 1]);
          expect(bits(kernel.person(present))).toEqual(bits(foldInReference(table, present)));
        }
      }),
      { numRuns: 40 },
    );
  });

  it('takes the step that the paper states', () => {
    // numpy 2.4.6, float64: s = 1/(1 + exp(w·(i − j))); for each row its gradient g, then row − 0.1·g/√(0.01 + g²).
    const expected = [
      [0.5881042520340933, -0.23759652654107916, 0.026198771047073813, 1.0486114339788166],
      [0.3393302823170628, 0.4205963190314527, -0.4385885808307782, 0.8467884439318252],
      [-0.3393302823170628, 0.5627662810844172, 0.9283154383789989, 0.40240697122949837],
    ].flat();
    const kernel = new BprTraining(ONE_SAMPLE);
    kernel.epoch(0, Uint32Array.of(0));
    // Numbers up to 1 after a dozen roundings: 12 · 2^−24 is 7e−7.
    [...kernel.people(), ...kernel.items()].forEach((value, at) =>
      expect(Math.abs(value - expected[at])).toBeLessThan(7e-7),
    );
  });

  it('descends the gradient that automatic differentiation and finite differences give', async () => {
    const { people, items, regularization } = ONE_SAMPLE;
    const rows = [people, items.slice(0, 4), items.slice(4)];
    const { by } = await gradientsOf(
      (tf, [w, i, j]) => {
        const margin = tf.sum(tf.mul(w, tf.sub(i, j)));
        const norms = [w, i, j].map((row) => tf.sum(tf.square(row)));
        return tf.add(tf.softplus(tf.neg(margin)), tf.mul(regularization / 2, tf.addN(norms)));
      },
      rows.map((data) => ({ shape: [4], data })),
    );
    const kernel = new BprTraining(ONE_SAMPLE);
    kernel.epoch(0, Uint32Array.of(0));
    const before = rows.flatMap((row) => [...row]);
    const gradient = [...kernel.people(), ...kernel.items()].map((value, at) =>
      gradientOf(before[at] - value),
    );
    // A step near the rate loses bits when it is turned back into a gradient: 1 / (1 − r²)^1.5 is below 100 here.
    by.flatMap((row) => [...row]).forEach((value, at) =>
      expect(Math.abs(value - gradient[at])).toBeLessThan(2e-5),
    );
    before.forEach((_, at) => expect(Math.abs(slope(before, at) - gradient[at])).toBeLessThan(2e-5));
  });

  it('has no negative to learn from where a person has met everything', () => {
    const problem = problemOf({ dimensions: 4, itemCount: 5, counts: [5], seed: 2, scale: 1 });
    const kernel = new BprTraining(problem);
    kernel.epoch(0, everybody(problem));
    expect(bits(kernel.items())).toEqual(bits(problem.items));
  });

  it('draws other negatives in another epoch, for another person and for another item', () => {
    const base = problemOf({ dimensions: 4, itemCount: 40, counts: [3], seed: 4, scale: 1 });
    const after = (problem: BprProblem, epoch: number): Float32Array => {
      const kernel = new BprTraining(problem);
      kernel.epoch(epoch, everybody(problem));
      return kernel.items();
    };
    const first = after(base, 0);
    expect(after(base, 0)).toEqual(first);
    expect(after(base, 1)).not.toEqual(first);
    expect(after({ ...base, keys: words(4, 77) }, 0)).not.toEqual(first);
    expect(after({ ...base, names: words(40, 78) }, 0)).not.toEqual(first);
  });

  it('draws negatives evenly, and never an item that the person has met', () => {
    const base = problemOf({ dimensions: 4, itemCount: 11, counts: [1], seed: 6, scale: 1 });
    const drawn = new Array<number>(11).fill(0);
    for (let epoch = 0; epoch < 2000; epoch++) {
      const training = new BprTrainingReference(base);
      training.epoch(epoch, everybody(base));
      const after = training.items();
      for (let item = 0; item < 11; item++) if (after[4 * item] !== base.items[4 * item]) drawn[item]++;
    }
    // Item 0 is the positive one of every sample; 200 are expected of each other, and five standard deviations are 67.
    expect(drawn[0]).toBe(2000);
    expect(drawn.slice(1).every((count) => Math.abs(count - 200) < 67)).toBe(true);
  });

  it('is the module that its digest names, and imports nothing from its host', () => {
    const bytes = fromBase64(base64) as Uint8Array<ArrayBuffer>;
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(BPR_DIGEST);
    expect(WebAssembly.Module.imports(new WebAssembly.Module(bytes))).toEqual([]);
  });
});

/** g of a step 0.1·g/√(0.01 + g²). */
function gradientOf(step: number): number {
  const r = step / 0.1;
  return (0.1 * r) / Math.sqrt(1 - r * r);
}

/** Central difference of the loss of ONE_SAMPLE at the values w, i, j. */
function slope(values: readonly number[], at: number): number {
  const loss = (change: number): number => {
    const x = values.map((value, index) => (index === at ? value + change : value));
    const margin = [0, 1, 2, 3].reduce((sum, k) => sum + x[k] * (x[4 + k] - x[8 + k]), 0);
    const squares = x.reduce((sum, value) => sum + value * value, 0);
    return Math.log1p(Math.exp(-margin)) + (ONE_SAMPLE.regularization / 2) * squares;
  };
  return (loss(1e-5) - loss(-1e-5)) / 2e-5;
}

describe('exp in fixed arithmetic', () => {
  it('has the same bits in kernels and outside of them', () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 1 }),
        (numbers) => {
          const x = Float32Array.of(Infinity, -Infinity, ...numbers, ...numbers.map((number) => number % 90));
          expect(bits(kernelExps(x))).toEqual(bits(x.map(exp32)));
        },
      ),
    );
  });

  it('is within two units in the last place of the true value, and never overflows', () => {
    for (let x = -86; x < 88; x += 0.0371) {
      const [given, wanted] = [exp32(x), Math.exp(Math.fround(x))];
      expect(Math.abs(given - wanted)).toBeLessThanOrEqual(2 ** -22 * wanted);
    }
    expect([exp32(0), exp32(1e9), exp32(-Infinity) > 0]).toEqual([1, exp32(88), true]);
    expect(exp32(Number.NaN)).toBeNaN();
    expect(kernelExps(Float32Array.of(Number.NaN))[0]).toBeNaN();
  });
});

describe('the BPR kernel refuses', () => {
  const problem = problemOf({ dimensions: 4, itemCount: 3, counts: [2, 1], seed: 5, scale: 1 });
  it.each<[string, Partial<BprProblem>, string]>([
    ['dimensions that are no multiple of 4', { dimensions: 6 }, 'DIMENSIONS_INVALID'],
    ['half a row of factors', { items: new Float32Array(6) }, 'FACTORS_LENGTH_INVALID'],
    ['offsets of fewer people', { offsets: Uint32Array.of(0, 3) }, 'OFFSETS_INVALID'],
    ['offsets that descend', { offsets: Uint32Array.of(0, 4, 3) }, 'OFFSETS_INVALID'],
    ['an item that is not there', { indices: Uint32Array.of(0, 1, 3) }, 'INDEX_OUT_OF_RANGE'],
    ['keys of fewer people', { keys: new Uint32Array(4) }, 'KEYS_LENGTH_INVALID'],
    ['names of fewer items', { names: new Uint32Array(2) }, 'KEYS_LENGTH_INVALID'],
    ['no learning rate', { learningRate: 0 }, 'WEIGHT_NOT_POSITIVE'],
    ['a negative regularization', { regularization: -1 }, 'WEIGHT_NOT_POSITIVE'],
  ])('%s', (_, change, code) => {
    expect(refusalOf(() => new BprTraining({ ...problem, ...change }))).toBe(code);
    expect(refusalOf(() => new BprTrainingReference({ ...problem, ...change }))).toBe(code);
  });

  it('an order that names a person who is not there', () => {
    for (const training of [new BprTraining(problem), new BprTrainingReference(problem)])
      expect(refusalOf(() => training.epoch(0, Uint32Array.of(0, 2)))).toBe('ORDER_INVALID');
  });

  it('numbers that have left the range of 32 bits', () => {
    const wild = { ...problem, learningRate: 1e38 };
    for (const training of [new BprTraining(wild), new BprTrainingReference(wild)])
      expect(refusalOf(() => [0, 1, 2, 3].forEach((epoch) => training.epoch(epoch, everybody(wild))))).toBe(
        'NOT_FINITE',
      );
  });

  it.each<[string, Partial<BprTable>, string]>([
    ['no passes', { passes: 0 }, 'PASSES_INVALID'],
    ['half a key', { key: new Uint32Array(2) }, 'KEYS_LENGTH_INVALID'],
    ['names of fewer items', { names: new Uint32Array(2) }, 'KEYS_LENGTH_INVALID'],
    ['a learning rate that is none', { learningRate: Number.NaN }, 'WEIGHT_NOT_POSITIVE'],
  ])('to fold people in with %s', (_, change, code) => {
    const table = { ...tableOf(problem), ...change };
    expect(refusalOf(() => new BprFoldIn(table))).toBe(code);
    expect(refusalOf(() => foldInReference(table, new Uint32Array()))).toBe(code);
  });

  it('to fold people in on an item that is not there', () => {
    const present = Uint32Array.of(3);
    expect(refusalOf(() => new BprFoldIn(tableOf(problem)).person(present))).toBe('INDEX_OUT_OF_RANGE');
    expect(refusalOf(() => foldInReference(tableOf(problem), present))).toBe('INDEX_OUT_OF_RANGE');
  });
});
