import { areBelow, areOffsets, checkFactors } from './ials-problem.js';
import { KernelError } from './kernel-error.js';

/** Words of the key under which a person's negatives are drawn. */
export const KEY_WORDS = 4;

/** Sum of squared gradients that every coordinate begins with: it bounds the first steps. */
export const INITIAL_SQUARES = 0.01;

/** Blocks of four candidates that are tried before an item goes without a negative. */
export const NEGATIVE_BLOCKS = 16;

/** Sizes of the steps; rounded to 32 bits first. */
export interface BprRates {
  readonly learningRate: number;
  /** λ, on each row of a sample. */
  readonly regularization: number;
}

/** A shard's pairs and where its factors begin. */
export interface BprProblem extends BprRates {
  /** d: a multiple of 4 up to MAX_DIMENSIONS. */
  readonly dimensions: number;
  /** Person r has the items indices[offsets[r] … offsets[r + 1]), each once. */
  readonly offsets: Uint32Array;
  readonly indices: Uint32Array;
  /** KEY_WORDS words a person, drawn by the person's name. */
  readonly keys: Uint32Array;
  /** One word an item, drawn by the item's name. */
  readonly names: Uint32Array;
  /** Factors to begin with, row-major, d a row. */
  readonly people: Float32Array;
  readonly items: Float32Array;
}

/** Items that people are folded in on. */
export interface BprTable extends BprRates {
  readonly dimensions: number;
  /** Factors, row-major, d a row; they stay as they are. */
  readonly items: Float32Array;
  /** One word an item, drawn by the item's name. */
  readonly names: Uint32Array;
  /** KEY_WORDS words, drawn by name, under which everybody's negatives are drawn. */
  readonly key: Uint32Array;
  /** How often each of a person's items is gone through. */
  readonly passes: number;
}

/** @throws KernelError with one code a cause */
export function checkBprProblem(problem: BprProblem): void {
  const { dimensions, offsets, indices, keys, names, people, items } = problem;
  checkFactors(people, dimensions);
  checkFactors(items, dimensions);
  const count = { people: people.length / dimensions, items: items.length / dimensions };
  if (offsets.length !== count.people + 1 || !areOffsets(offsets, indices.length))
    throw new KernelError(
      'OFFSETS_INVALID',
      'offsets must ascend from 0 to the number of indices, one a person',
    );
  if (!areBelow(indices, count.items))
    throw new KernelError('INDEX_OUT_OF_RANGE', 'an index names no row of the factors', {
      facts: { rows: count.items },
    });
  if (keys.length !== KEY_WORDS * count.people || names.length !== count.items)
    throw new KernelError(
      'KEYS_LENGTH_INVALID',
      `draws need ${KEY_WORDS} words a person and one word an item`,
    );
  checkRates(problem);
}

/** @throws KernelError with one code a cause */
export function checkBprTable(table: BprTable): void {
  const { dimensions, items, names, key, passes } = table;
  checkFactors(items, dimensions);
  if (key.length !== KEY_WORDS || names.length !== items.length / dimensions)
    throw new KernelError('KEYS_LENGTH_INVALID', `draws need ${KEY_WORDS} words, and one word an item`);
  if (!Number.isInteger(passes) || passes < 1)
    throw new KernelError('PASSES_INVALID', 'passes must be a whole number from 1', { facts: { passes } });
  checkRates(table);
}

/** @throws KernelError INDEX_OUT_OF_RANGE */
export function checkPresent(present: Uint32Array, { names }: BprTable): void {
  if (!areBelow(present, names.length))
    throw new KernelError('INDEX_OUT_OF_RANGE', 'an index names no row of the factors', {
      facts: { rows: names.length },
    });
}

/** @throws KernelError ORDER_INVALID */
export function checkOrder(order: Uint32Array, { offsets }: BprProblem): void {
  if (!areBelow(order, offsets.length - 1))
    throw new KernelError('ORDER_INVALID', 'the order names a person that is not there');
}

/** What is left when steps were too large for 32-bit floats. */
export function diverged(epoch: number): KernelError {
  return new KernelError('NOT_FINITE', 'training left the range of 32-bit floats', {
    facts: { epoch },
    nextStep: 'Lower the learning rate or the initial scale.',
  });
}

function checkRates({ learningRate, regularization }: BprRates): void {
  const [rate, lambda] = [Math.fround(learningRate), Math.fround(regularization)];
  if (!(rate > 0 && rate < Infinity && lambda >= 0 && lambda < Infinity))
    throw new KernelError(
      'WEIGHT_NOT_POSITIVE',
      'the learning rate must be a positive 32-bit number, the regularization positive or 0',
    );
}
