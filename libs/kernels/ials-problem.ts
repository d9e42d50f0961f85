import { KernelError } from './kernel-error.js';

/** Most dimensions that the kernels take: their scratch memory and running time grow with the square and the cube. */
export const MAX_DIMENSIONS = 256;

export interface IalsWeights {
  /** α0, weight of the target 0 over all pairs. */
  readonly unobserved: number;
  /** λ. */
  readonly regularization: number;
}

/** One half of a sweep: rows to be solved against fixed factors. All numbers are rounded to 32 bits first. */
export interface RowProblem {
  /** d: a multiple of 4 up to MAX_DIMENSIONS. */
  readonly dimensions: number;
  /** Row r has the pairs indices[offsets[r] … offsets[r + 1]). */
  readonly offsets: Uint32Array;
  /** Rows of `factors`. */
  readonly indices: Uint32Array;
  /** Fixed factors, row-major, d a row. */
  readonly factors: Float32Array;
  /** α0·YᵀY as `gram` gives it, d × d; only the upper triangle is read. */
  readonly weightedGram: Float32Array;
  /** How many rows stand on the fixed side: all those over which the weight α0 runs. */
  readonly others: number;
  readonly weights: IalsWeights;
}

/** @throws KernelError DIMENSIONS_INVALID, FACTORS_LENGTH_INVALID */
export function checkFactors(factors: Float32Array, dimensions: number): void {
  if (!Number.isInteger(dimensions) || dimensions < 4 || dimensions > MAX_DIMENSIONS || dimensions % 4 !== 0)
    throw new KernelError(
      'DIMENSIONS_INVALID',
      `dimensions must be a multiple of 4 up to ${MAX_DIMENSIONS}`,
      {
        facts: { dimensions },
      },
    );
  if (factors.length % dimensions !== 0)
    throw new KernelError('FACTORS_LENGTH_INVALID', 'the factors are not a whole number of rows', {
      facts: { length: factors.length, dimensions },
    });
}

/** @throws KernelError WEIGHT_NOT_POSITIVE */
export function checkWeight(weight: number, name: keyof IalsWeights): void {
  const rounded = Math.fround(weight);
  if (!(rounded > 0 && rounded < Infinity))
    throw new KernelError('WEIGHT_NOT_POSITIVE', `${name} must be a positive 32-bit number`, {
      facts: { name },
    });
}

/** @throws KernelError with one code a cause */
export function checkProblem(problem: RowProblem): void {
  const { dimensions, offsets, indices, factors, weightedGram, others, weights } = problem;
  checkFactors(factors, dimensions);
  checkWeight(weights.unobserved, 'unobserved');
  checkWeight(weights.regularization, 'regularization');
  if (weightedGram.length !== dimensions * dimensions)
    throw new KernelError('GRAM_LENGTH_INVALID', 'the Gram matrix must be dimensions × dimensions');
  if (!Number.isSafeInteger(others) || others < 0)
    throw new KernelError('OTHERS_NOT_A_COUNT', 'others must be a number of rows', { facts: { others } });
  if (!areOffsets(offsets, indices.length))
    throw new KernelError('OFFSETS_INVALID', 'offsets must ascend from 0 to the number of indices');
  const rows = factors.length / dimensions;
  if (!areBelow(indices, rows))
    throw new KernelError('INDEX_OUT_OF_RANGE', 'an index names no row of the factors', { facts: { rows } });
}

export function areOffsets(offsets: Uint32Array, pairs: number): boolean {
  if (offsets.length === 0 || offsets[0] !== 0 || offsets[offsets.length - 1] !== pairs) return false;
  for (let row = 1; row < offsets.length; row++) if (offsets[row] < offsets[row - 1]) return false;
  return true;
}

// Loops: there is an index for every pair of people and items, and engines do not inline the callbacks of typed arrays.
export function areBelow(indices: Uint32Array, rows: number): boolean {
  for (let at = 0; at < indices.length; at++) if (indices[at] >= rows) return false;
  return true;
}

/** Facts of a row whose matrix has no Cholesky factor: numbers overflowed, or the weights vanish beside the factors. */
export function notPositiveDefinite(row: number): KernelError {
  return new KernelError('NOT_POSITIVE_DEFINITE', 'a row has no solution in 32-bit floats', {
    facts: { row },
    nextStep: 'Raise the regularization, or lower the initial scale.',
  });
}

/** @throws KernelError FACTORS_LENGTH_INVALID */
export function checkVector(x: Float32Array, dimensions: number): void {
  if (x.length !== dimensions)
    throw new KernelError('FACTORS_LENGTH_INVALID', 'the vector must have one number a dimension', {
      facts: { length: x.length, dimensions },
    });
}
