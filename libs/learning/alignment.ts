import { product, type Matrix } from '#libs/kernels';

const STEPS = 40;

/**
 * The rotation R for which the rows of `from` · R come nearest to those of `to` in the sum of squares (orthogonal Procrustes; Schönemann,
 * Psychometrika 1966): the orthogonal factor of fromᵀ·to. Newton and Schulz's iteration X ← 3/2·X − 1/2·X·Xᵀ·X finds it by products
 * alone (Higham, "Functions of Matrices", 2008, §8.3): divided by the Frobenius norm first, every singular value is within its range of
 * convergence. Directions that one of the two does not have stay 0 or small; where nothing is in common, the identity is returned.
 *
 * @param from n × d
 * @param to n × d
 * @returns d × d
 */
export function alignment(from: Matrix, to: Matrix): Matrix {
  const common = product({ left: from, right: to, transposed: true });
  const norm = Math.sqrt(common.data.reduce((sum, value) => sum + value * value, 0));
  if (!(norm > 0)) return identity(common.rows);
  let x: Matrix = { ...common, data: common.data.map((value) => value / norm) };
  for (let step = 0; step < STEPS; step++) {
    const square = product({ left: x, right: x, transposed: true });
    const { data } = product({ left: x, right: square });
    x = { ...x, data: x.data.map((value, at) => 1.5 * value - 0.5 * data[at]) };
  }
  return x;
}

function identity(size: number): Matrix {
  const data = new Float32Array(size * size);
  for (let at = 0; at < data.length; at += size + 1) data[at] = 1;
  return { rows: size, columns: size, data };
}
