import { CodedError } from '#libs/essentials';

export type KernelErrorCode =
  | 'DIMENSIONS_INVALID'
  | 'FACTORS_LENGTH_INVALID'
  | 'GRAM_LENGTH_INVALID'
  | 'OFFSETS_INVALID'
  | 'INDEX_OUT_OF_RANGE'
  | 'WEIGHT_NOT_POSITIVE'
  | 'OTHERS_NOT_A_COUNT'
  | 'KEYS_LENGTH_INVALID'
  | 'KEY_TWICE'
  | 'VALUES_LENGTH_INVALID'
  | 'MATRIX_SHAPE_INVALID'
  | 'ORDER_INVALID'
  | 'PASSES_INVALID'
  | 'NOT_FINITE'
  | 'BLOCK_INVALID'
  | 'ROW_NOT_ASCENDING'
  | 'K_OUT_OF_RANGE'
  | 'SCORES_LENGTH_INVALID'
  | 'COUNT_TOO_LARGE'
  | 'COUNTS_LENGTH_INVALID'
  | 'WEIGHTS_LENGTH_INVALID'
  | 'NOT_POSITIVE_DEFINITE'
  | 'MEMORY_EXHAUSTED'
  | 'PART_LOST';

/** Arguments that a kernel refuses, or a computation that has no result. */
export class KernelError extends CodedError<KernelErrorCode> {}
