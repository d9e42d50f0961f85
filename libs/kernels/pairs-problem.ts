import { areOffsets } from './ials-problem.js';
import { KernelError } from './kernel-error.js';

/** What a count of pairs can hold: 16 bits. */
export const MAX_COUNT = 65_535;

/** Sparse 0/1 rows whose pairs of columns are to be counted. */
export interface PairsProblem {
  /** Row r has the columns indices[offsets[r] … offsets[r + 1]), ascending, each once. */
  readonly offsets: Uint32Array;
  readonly indices: Uint32Array;
  /** How many columns there are. */
  readonly items: number;
}

/** @throws KernelError OFFSETS_INVALID, INDEX_OUT_OF_RANGE, ROW_NOT_ASCENDING, COUNT_TOO_LARGE */
export function checkPairsProblem({ offsets, indices, items }: PairsProblem): void {
  if (!areOffsets(offsets, indices.length))
    throw new KernelError('OFFSETS_INVALID', 'offsets must ascend from 0 to the number of indices');
  const people = new Uint32Array(items);
  for (let row = 0; row + 1 < offsets.length; row++)
    for (let at = offsets[row]; at < offsets[row + 1]; at++) {
      if (indices[at] >= items)
        throw new KernelError('INDEX_OUT_OF_RANGE', 'an index names no column', { facts: { items } });
      if (at > offsets[row] && indices[at] <= indices[at - 1])
        throw new KernelError('ROW_NOT_ASCENDING', 'the columns of a row must ascend', { facts: { row } });
      if (++people[indices[at]] > MAX_COUNT)
        throw new KernelError('COUNT_TOO_LARGE', `more than ${MAX_COUNT} rows have the same column`);
    }
}

/** Numbers in the upper triangle, with the diagonal, of a square matrix. */
export const triangleLength = (size: number): number => (size * (size + 1)) / 2;
