import { productShape, type DenseProduct, type Matrix } from './dense-problem.js';

/*
 * What assembly/dense.ts computes, in plain loops: the same order of every sum, each product and each sum rounded to 32 bits, so the
 * results agree bit for bit. It is there to be read and to test against.
 */
export function productReference(problem: DenseProduct): Matrix {
  const { rows, terms, columns } = productShape(problem);
  const { left, right, transposed } = problem;
  const data = new Float32Array(rows * columns);
  for (let i = 0; i < rows; i++)
    for (let k = 0; k < terms; k++) {
      const factor = left.data[transposed ? k * left.columns + i : i * left.columns + k];
      for (let j = 0; j < columns; j++)
        data[i * columns + j] += Math.fround(factor * right.data[k * columns + j]);
    }
  return { rows, columns, data };
}
