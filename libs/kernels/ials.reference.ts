import {
  checkFactors,
  checkProblem,
  checkVector,
  checkWeight,
  notPositiveDefinite,
  type RowProblem,
} from './ials-problem.js';

/*
 * What assembly/ials.ts computes, in plain loops: the same arguments, the same order of every sum, each product and each sum
 * rounded to 32 bits, so the results agree bit for bit. It is there to be read and to test against; training never uses it.
 */
const f = Math.fround;
const BLOCK = 256;

export function gramReference(factors: Float32Array, dimensions: number, weight: number): Float32Array {
  checkFactors(factors, dimensions);
  checkWeight(weight, 'unobserved');
  const rows = factors.length / dimensions;
  const gram = new Float32Array(dimensions * dimensions);
  for (let i = 0; i < dimensions; i++)
    for (let j = i - (i % 4); j < dimensions; j++) {
      let total = 0;
      for (let first = 0; first < rows; first += BLOCK) {
        let sum = 0;
        for (let row = first; row < Math.min(first + BLOCK, rows); row++)
          sum = f(sum + f(factors[row * dimensions + i] * factors[row * dimensions + j]));
        total = f(total + sum);
      }
      gram[i * dimensions + j] = f(f(weight) * total);
    }
  return gram;
}

export function solveRowsReference(problem: RowProblem): Float32Array {
  checkProblem(problem);
  const { dimensions, offsets } = problem;
  const rows = offsets.length - 1;
  const solution = new Float32Array(rows * dimensions);
  for (let row = 0; row < rows; row++)
    if (offsets[row + 1] > offsets[row]) solution.set(solveRow(problem, row), row * dimensions);
  return solution;
}

export function scoresReference(factors: Float32Array, dimensions: number, x: Float32Array): Float32Array {
  checkFactors(factors, dimensions);
  checkVector(x, dimensions);
  return Float32Array.from({ length: factors.length / dimensions }, (_, row) =>
    innerProduct(factors.subarray(row * dimensions, (row + 1) * dimensions), x, 0),
  );
}

function solveRow(problem: RowProblem, row: number): Float32Array {
  const { dimensions: d, offsets, indices, factors, weightedGram, others, weights } = problem;
  const matrix = weightedGram.slice();
  const x = new Float32Array(d);
  for (const index of indices.subarray(offsets[row], offsets[row + 1])) {
    const y = factors.subarray(index * d, (index + 1) * d);
    for (let i = 0; i < d; i++) {
      x[i] += y[i];
      for (let j = i; j < d; j++) matrix[i * d + j] += f(y[i] * y[j]);
    }
  }
  const pairs = offsets[row + 1] - offsets[row];
  const unobserved = f(f(weights.unobserved) * f(others));
  const ridge = f(f(weights.regularization) * f(f(pairs) + unobserved));
  for (let i = 0; i < d; i++) matrix[i * d + i] += ridge;
  const inverse = factorise(matrix, d);
  if (!inverse) throw notPositiveDefinite(row);
  solveForward(matrix, inverse, x);
  solveBackward(matrix, inverse, x);
  return x;
}

/** Upper triangle := U with matrix = UᵀU; gives 1/u_ii, or undefined where a pivot is not positive. */
function factorise(matrix: Float32Array, d: number): Float32Array | undefined {
  const inverse = new Float32Array(d);
  for (let i = 0; i < d; i++) {
    for (let j = i; j < d; j++)
      for (let k = 0; k < i; k++) matrix[i * d + j] -= f(matrix[k * d + i] * matrix[k * d + j]);
    const pivot = matrix[i * d + i];
    if (!(pivot > 0)) return undefined;
    inverse[i] = f(1 / f(Math.sqrt(pivot)));
    for (let j = i; j < d; j++) matrix[i * d + j] *= inverse[i];
  }
  return inverse;
}

/** x := z with Uᵀz = x. */
function solveForward(u: Float32Array, inverse: Float32Array, x: Float32Array): void {
  const d = x.length;
  for (let i = 0; i < d; i++) {
    for (let k = 0; k < i; k++) x[i] -= f(u[k * d + i] * x[k]);
    x[i] *= inverse[i];
  }
}

/**
 * x := solution of Ux = x. Behind the 4 × 4 block on the diagonal the terms of a row are summed as innerProduct does; within it
 * they are subtracted one by one.
 */
function solveBackward(u: Float32Array, inverse: Float32Array, x: Float32Array): void {
  const d = x.length;
  for (let i = d - 1; i >= 0; i--) {
    const blockEnd = i - (i % 4) + 4;
    x[i] -= innerProduct(u.subarray(i * d, (i + 1) * d), x, blockEnd);
    for (let j = i + 1; j < blockEnd; j++) x[i] -= f(u[i * d + j] * x[j]);
    x[i] *= inverse[i];
  }
}

/** Σ_{j ≥ from} a_j b_j: four sums over j mod 4, added as (s0 + s1) + (s2 + s3). */
function innerProduct(a: Float32Array, b: Float32Array, from: number): number {
  const lanes = new Float32Array(4);
  for (let j = from; j < b.length; j++) lanes[j % 4] += f(a[j] * b[j]);
  return f(f(lanes[0] + lanes[1]) + f(lanes[2] + lanes[3]));
}
