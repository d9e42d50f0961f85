import { KernelError } from './kernel-error.js';

/** Item–item regression from counts of pairs. */
export interface WeightsProblem {
  /** n: rows of the matrix. */
  readonly size: number;
  /** Its upper triangle with the diagonal, row after row: n·(n + 1)/2 whole numbers. */
  readonly counts: Uint32Array;
  /** λ, added to the diagonal; rounded to 32 bits first. */
  readonly regularization: number;
  /** Rows of a block of the elimination, a multiple of 8 from 8 to 256: it decides the bits. */
  readonly block: number;
}

/**
 * Solves for the weights of a problem, size × size numbers, row-major, with the bits of `itemWeights`.
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

/** @throws KernelError WEIGHTS_LENGTH_INVALID */
export function checkRoom({ size }: WeightsProblem, into: Float32Array): void {
  if (into.length !== size * size)
    throw new KernelError('WEIGHTS_LENGTH_INVALID', 'the weights go into size × size numbers');
}

/** A pivot is not a positive number: the regularization vanishes beside the counts. */
export function pivotFailed(block: number): KernelError {
  return new KernelError('NOT_POSITIVE_DEFINITE', 'the matrix has no inverse in 32-bit floats', {
    facts: { block },
    nextStep: 'Raise the regularization.',
  });
}
