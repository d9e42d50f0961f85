import { KernelError } from './kernel-error.js';

/** A row-major matrix without gaps. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float32Array;
}

/** A product left · right, or leftᵀ · right. */
export interface DenseProduct {
  readonly left: Matrix;
  readonly right: Matrix;
  /** Whether `left` is taken with its rows for columns. */
  readonly transposed?: boolean;
}

/** Rows and columns of the result, and the number of terms of each element. @throws KernelError MATRIX_SHAPE_INVALID */
export function productShape({ left, right, transposed = false }: DenseProduct): {
  readonly rows: number;
  readonly terms: number;
  readonly columns: number;
} {
  for (const { rows, columns, data } of [left, right])
    if (data.length !== rows * columns) throw shapeInvalid('a matrix has rows × columns numbers');
  const [rows, terms] = transposed ? [left.columns, left.rows] : [left.rows, left.columns];
  if (terms !== right.rows) throw shapeInvalid('the matrices of a product do not fit each other');
  if (right.columns % 4 !== 0) throw shapeInvalid('a product has a multiple of 4 columns');
  return { rows, terms, columns: right.columns };
}

function shapeInvalid(message: string): KernelError {
  return new KernelError('MATRIX_SHAPE_INVALID', message);
}
