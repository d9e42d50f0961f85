import { KernelError } from './kernel-error.js';

/** Item–item regression from counts of pairs. */
export interface WeightsProblem {
  /** n: items that are counted. */
  readonly size: number;
  /** Upper triangle of their matrix with the diagonal, row after row: n·(n + 1)/2 whole numbers. */
  readonly counts: Uint32Array;
  /** λ, added to the diagonal; rounded to 32 bits first. */
  readonly regularization: number;
  /** Rows of a block of the elimination, a multiple of 8 from 8 to 256: it decides the bits. */
  readonly block: number;
}

/**
 * Solves for the weights of a problem, m × m numbers for its m `metItems`, row-major, with the bits of `itemWeights`.
 * @param into where they go; memory of their own where it is not given
 */
export type WeightsSolver = (problem: WeightsProblem, into?: Float32Array) => Float32Array;

export const MAX_BLOCK = 256;

/** @throws KernelError BLOCK_INVALID, COUNTS_LENGTH_INVALID, WEIGHT_NOT_POSITIVE */
export function checkWeightsProblem({ size, counts, regularization, block }: WeightsProblem): void {
  if (!Number.isInteger(block) || block < 8 || block > MAX_BLOCK || block % 8 !== 0)
    throw new KernelError('BLOCK_INVALID', `a block has a multiple of 8 rows, from 8 to ${MAX_BLOCK}`);
  if (!Number.isSafeInteger(size) || size < 0 || counts.length !== (size * (size + 1)) / 2)
    throw new KernelError('COUNTS_LENGTH_INVALID', 'the counts must be the upper triangle of size × size');
  const rounded = Math.fround(regularization);
  if (!(rounded > 0 && rounded < Infinity))
    throw new KernelError('WEIGHT_NOT_POSITIVE', 'regularization must be a positive 32-bit number');
}

/**
 * Items that somebody has met, ascending: those with a count on the diagonal. The others have counts with nobody, so that their rows and
 * columns of (G + λI)⁻¹ are zeros beside the diagonal: they are left out of the solution, and change no bit of it.
 */
export function metItems({ size, counts }: Pick<WeightsProblem, 'size' | 'counts'>): Uint32Array {
  const met = new Uint32Array(size);
  let found = 0;
  for (let item = 0, diagonal = 0; item < size; diagonal += size - item++)
    if (counts[diagonal] > 0) met[found++] = item;
  return met.slice(0, found);
}

/** @throws KernelError WEIGHTS_LENGTH_INVALID */
export function checkRoom(items: number, into: Float32Array): void {
  if (into.length !== items * items)
    throw new KernelError('WEIGHTS_LENGTH_INVALID', 'the weights go into a square of the items that are met');
}

/** A pivot is not a positive number: the regularization vanishes beside the counts. */
export function pivotFailed(block: number): KernelError {
  return new KernelError('NOT_POSITIVE_DEFINITE', 'the matrix has no inverse in 32-bit floats', {
    facts: { block },
    nextStep: 'Raise the regularization.',
  });
}
