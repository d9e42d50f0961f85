import { checkWeightsProblem, metItems, pivotFailed, type WeightsProblem } from './inverse-problem.js';

/*
 * What assembly/inverse.ts computes, in plain loops over the upper triangle: the same order of every sum, each product and each
 * sum rounded to 32 bits, so the results agree bit for bit. It is there to be read and to test against.
 */
const f = Math.fround;

/** A square matrix, row-major; of a symmetric one only the elements on and above the diagonal count. */
interface Square {
  readonly n: number;
  readonly data: Float32Array;
}

export function itemWeightsReference(problem: WeightsProblem): Float32Array {
  checkWeightsProblem(problem);
  const { block } = problem;
  const matrix = filled(problem);
  const { n } = matrix;
  for (let first = 0; first < n; first += block) sweep(matrix, first, Math.min(block, n - first), block);
  const at = (i: number, j: number): number => matrix.data[Math.min(i, j) * n + Math.max(i, j)];
  const weights = new Float32Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) if (i !== j) weights[i * n + j] = -f(at(i, j) / at(j, j));
  return weights;
}

function filled(problem: WeightsProblem): Square {
  const { size, counts, regularization } = problem;
  const met = metItems(problem);
  const n = met.length;
  const data = new Float32Array(n * n);
  for (let i = 0; i < n; i++) {
    const row = met[i] * size - (met[i] * (met[i] + 1)) / 2; // begins at the diagonal, so column j stands at row + j
    for (let j = i; j < n; j++) data[i * n + j] = counts[row + met[j]];
    data[i * n + i] += f(regularization);
  }
  return { n, data };
}

/** Sweeps the rows and columns first … first + b − 1 of a symmetric matrix. */
function sweep({ n, data }: Square, first: number, b: number, block: number): void {
  const inside = (i: number): boolean => i >= first && i < first + b;
  const column = (i: number, t: number): number => data[Math.min(i, first + t) * n + Math.max(i, first + t)];
  const c = Float32Array.from({ length: n * b }, (_, at) => column(Math.floor(at / b), at % b));
  const e = inverseOf(c.subarray(first * b, (first + b) * b), b);
  if (!e) throw pivotFailed(first / block);
  const w = new Float32Array(n * b);
  for (let i = 0; i < n; i++)
    for (let t = 0; t < b; t++) for (let s = 0; s < b; s++) w[i * b + t] += f(c[i * b + s] * e[s * b + t]);
  for (let i = 0; i < n; i++)
    for (let j = i; j < n; j++)
      if (inside(i)) data[i * n + j] = inside(j) ? -e[(i - first) * b + j - first] : w[j * b + i - first];
      else if (inside(j)) data[i * n + j] = w[i * b + j - first];
      else for (let t = 0; t < b; t++) data[i * n + j] -= f(w[i * b + t] * c[j * b + t]);
}

/** Gauss–Jordan, pivot after pivot; made symmetric from the elements on and above the diagonal. Undefined where a pivot fails. */
function inverseOf(symmetric: Float32Array, b: number): Float32Array | undefined {
  const e = symmetric.slice();
  for (let p = 0; p < b; p++) {
    const pivot = e[p * b + p];
    if (!(pivot > 0 && pivot < Infinity)) return undefined;
    const inverse = f(1 / pivot);
    e[p * b + p] = 1;
    for (let j = 0; j < b; j++) e[p * b + j] *= inverse;
    for (let i = 0; i < b; i++) {
      if (i === p) continue;
      const factor = e[i * b + p];
      e[i * b + p] = 0;
      for (let j = 0; j < b; j++) e[i * b + j] -= f(factor * e[p * b + j]);
    }
  }
  for (let i = 0; i < b; i++) for (let j = 0; j < i; j++) e[i * b + j] = e[j * b + i];
  return e;
}
