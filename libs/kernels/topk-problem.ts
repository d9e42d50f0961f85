import { areOffsets, checkFactors } from './ials-problem.js';
import { KernelError } from './kernel-error.js';

/** Stands in a list where a person has no further item. */
export const NO_ITEM = 0xffffffff;
export const MAX_K = 1000;

/** Items that must not be listed: person p has indices[offsets[p] … offsets[p + 1]), ascending, each once. */
export interface MaskedItems {
  readonly offsets: Uint32Array;
  readonly indices: Uint32Array;
}

export interface FactorRanking {
  /** d: a multiple of 4 up to MAX_DIMENSIONS. */
  readonly dimensions: number;
  /** Factors of the people, d a row. */
  readonly people: Float32Array;
  /** Factors of the items, d a row. */
  readonly items: Float32Array;
  readonly masked: MaskedItems;
  /** Length of a list: 1 … MAX_K. */
  readonly k: number;
}

export interface ScoreRanking {
  /** Scores of the people, `items` a row. */
  readonly scores: Float32Array;
  readonly items: number;
  readonly masked: MaskedItems;
  /** Length of a list: 1 … MAX_K. */
  readonly k: number;
}

/** @throws KernelError DIMENSIONS_INVALID, FACTORS_LENGTH_INVALID, K_OUT_OF_RANGE, OFFSETS_INVALID, ROW_NOT_ASCENDING */
export function checkFactorRanking({ dimensions, people, items, masked, k }: FactorRanking): void {
  checkFactors(people, dimensions);
  checkFactors(items, dimensions);
  checkLists(people.length / dimensions, masked, k);
}

/** @throws KernelError SCORES_LENGTH_INVALID, K_OUT_OF_RANGE, OFFSETS_INVALID, ROW_NOT_ASCENDING */
export function checkScoreRanking({ scores, items, masked, k }: ScoreRanking): void {
  const people = masked.offsets.length - 1;
  if (!Number.isSafeInteger(items) || items < 0 || scores.length !== people * items)
    throw new KernelError('SCORES_LENGTH_INVALID', 'there must be one score for each person and item');
  checkLists(people, masked, k);
}

function checkLists(people: number, { offsets, indices }: MaskedItems, k: number): void {
  if (!Number.isInteger(k) || k < 1 || k > MAX_K)
    throw new KernelError('K_OUT_OF_RANGE', `k must be 1 … ${MAX_K}`, { facts: { k } });
  if (offsets.length !== people + 1 || !areOffsets(offsets, indices.length))
    throw new KernelError('OFFSETS_INVALID', 'offsets must ascend from 0 to the number of masked items');
  for (let row = 0; row < people; row++)
    for (let at = offsets[row] + 1; at < offsets[row + 1]; at++)
      if (indices[at] <= indices[at - 1])
        throw new KernelError('ROW_NOT_ASCENDING', 'the masked items of a person must ascend', {
          facts: { row },
        });
}

export function scoreNotANumber(row: number): KernelError {
  return new KernelError('NOT_FINITE', 'a person has a score that is no number', { facts: { row } });
}
