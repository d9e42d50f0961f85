import {
  checkBprProblem,
  checkBprTable,
  checkOrder,
  checkPresent,
  diverged,
  INITIAL_SQUARES,
  KEY_WORDS,
  NEGATIVE_BLOCKS,
  type BprProblem,
  type BprRates,
  type BprTable,
} from './bpr-problem.js';
import { exp32 } from './exp.js';
import { philox4x32 } from './philox.js';

/*
 * What assembly/bpr.ts computes, in plain loops: the same samples in the same order, each product and each sum rounded to 32 bits, so
 * the results agree bit for bit. It is there to be read and to test against; training never uses it.
 */
const f = Math.fround;

/** Factors with the sums of their squared gradients. */
interface Adagrad {
  readonly values: Float32Array;
  readonly squares: Float32Array;
}

/** BprTraining in plain loops. */
export class BprTrainingReference {
  private readonly w: Adagrad;
  private readonly h: Adagrad;

  constructor(private readonly problem: BprProblem) {
    checkBprProblem(problem);
    this.w = adagrad(problem.people);
    this.h = adagrad(problem.items);
  }

  epoch(epoch: number, order: Uint32Array): void {
    checkOrder(order, this.problem);
    const { offsets, indices, keys, names } = this.problem;
    for (const person of order) {
      const own = indices.subarray(offsets[person], offsets[person + 1]);
      const key = keys.subarray(person * KEY_WORDS, (person + 1) * KEY_WORDS);
      for (const [item, other] of samples(own, { key, names, epoch })) this.learn(person, item, other);
    }
    if (!this.h.values.every(Number.isFinite)) throw diverged(epoch);
  }

  items(): Float32Array {
    return this.h.values.slice();
  }

  people(): Float32Array {
    return this.w.values.slice();
  }

  private learn(person: number, item: number, other: number): void {
    const { dimensions: d } = this.problem;
    const lambda = f(this.problem.regularization);
    const [w, i, j] = [
      rowOf(this.w.values, person, d),
      rowOf(this.h.values, item, d),
      rowOf(this.h.values, other, d),
    ];
    const s = f(1 / f(1 + exp32(preference(w, i, j))));
    descendPerson(this.w, person * d, { w, i, j, s }, this.problem);
    for (let k = 0; k < d; k++) {
      const pull = f(s * w[k]);
      descend(this.h, item * d + k, f(f(lambda * i[k]) - pull), this.problem);
      descend(this.h, other * d + k, f(f(lambda * j[k]) + pull), this.problem);
    }
  }
}

/** BprFoldIn in plain loops. */
export function foldInReference(table: BprTable, present: Uint32Array): Float32Array {
  checkBprTable(table);
  checkPresent(present, table);
  const { dimensions: d, items, passes, key, names } = table;
  const person = adagrad(new Float32Array(d));
  for (let epoch = 0; epoch < passes; epoch++)
    for (const [item, other] of samples(present, { key, names, epoch })) {
      const [w, i, j] = [person.values.slice(), rowOf(items, item, d), rowOf(items, other, d)];
      const s = f(1 / f(1 + exp32(preference(w, i, j))));
      descendPerson(person, 0, { w, i, j, s }, table);
    }
  return person.values;
}

/** The values before a step, and s = σ(−⟨w, i − j⟩). */
interface Sample {
  readonly w: Float32Array;
  readonly i: Float32Array;
  readonly j: Float32Array;
  readonly s: number;
}

function descendPerson(people: Adagrad, from: number, { w, i, j, s }: Sample, rates: BprRates): void {
  const lambda = f(rates.regularization);
  w.forEach((value, k) => descend(people, from + k, f(f(lambda * value) - f(s * f(i[k] - j[k]))), rates));
}

/** One coordinate: G += g², then value −= (rate · g) / √G. */
function descend(
  { values, squares }: Adagrad,
  at: number,
  gradient: number,
  { learningRate }: BprRates,
): void {
  squares[at] += f(gradient * gradient);
  values[at] -= f(f(f(learningRate) * gradient) / f(Math.sqrt(squares[at])));
}

/** By what an item's negative is drawn. */
interface NegativeName {
  readonly key: Uint32Array;
  readonly names: Uint32Array;
  readonly epoch: number;
}

/** Each of a person's items with its negative, in the order given; those without one are left out. */
function samples(own: Uint32Array, name: NegativeName): [item: number, other: number][] {
  const met = new Set(own);
  return [...own].flatMap((item) => {
    const other = negativeOf(item, name, met);
    return other === undefined ? [] : [[item, other]];
  });
}

/**
 * An item that the person has not met. Word w of a block of Philox names the item ⌊w · items / 2^32⌋; the counter of a block is
 * (16·epoch + block, word of the item, words 2 and 3 of the key), its key words 0 and 1.
 *
 * @returns undefined where 64 candidates in a row are the person's own
 */
function negativeOf(
  item: number,
  { key: [k0, k1, c2, c3], names, epoch }: NegativeName,
  met: ReadonlySet<number>,
): number | undefined {
  const block = new Uint32Array(4);
  for (let tried = 0; tried < NEGATIVE_BLOCKS; tried++) {
    philox4x32(
      Uint32Array.of(epoch * NEGATIVE_BLOCKS + tried, names[item], c2, c3),
      Uint32Array.of(k0, k1),
      block,
    );
    for (const word of block) {
      const candidate = Math.floor((word * names.length) / 2 ** 32); // exact for a catalogue below 2^21
      if (!met.has(candidate)) return candidate;
    }
  }
  return undefined;
}

/** ⟨w, i − j⟩: four sums over k mod 4, added as (s0 + s1) + (s2 + s3). */
function preference(w: Float32Array, i: Float32Array, j: Float32Array): number {
  const lanes = new Float32Array(4);
  for (let k = 0; k < w.length; k++) lanes[k % 4] += f(w[k] * f(i[k] - j[k]));
  return f(f(lanes[0] + lanes[1]) + f(lanes[2] + lanes[3]));
}

function adagrad(values: Float32Array): Adagrad {
  return { values: values.slice(), squares: new Float32Array(values.length).fill(INITIAL_SQUARES) };
}

/** A copy. */
function rowOf(factors: Float32Array, row: number, dimensions: number): Float32Array {
  return factors.slice(row * dimensions, (row + 1) * dimensions);
}
