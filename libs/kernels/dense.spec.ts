import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fromBase64 } from '#libs/essentials';
import { refusalOf } from '#libs/testkit';
import { base64 } from './generated/dense.wasm.js';
import { DENSE_DIGEST, product, productReference, type DenseProduct, type Matrix } from './index.js';

const bits = ({ data }: Matrix): Uint32Array => new Uint32Array(data.slice().buffer);

function matrix(rows: number, columns: number, seed: number): Matrix {
  let state = seed >>> 0;
  const data = Float32Array.from({ length: rows * columns }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
  return { rows, columns, data };
}

const products: fc.Arbitrary<DenseProduct> = fc
  .record({
    rows: fc.integer({ min: 0, max: 21 }),
    terms: fc.integer({ min: 0, max: 40 }),
    columns: fc.integer({ min: 1, max: 7 }).map((quads) => 4 * quads),
    seed: fc.nat(),
    transposed: fc.boolean(),
  })
  .map(({ rows, terms, columns, seed, transposed }) => ({
    left: transposed ? matrix(terms, rows, seed) : matrix(rows, terms, seed),
    right: matrix(terms, columns, seed + 1),
    transposed,
  }));

describe('the product of dense matrices', () => {
  it('has the same bits as the reference, whatever was multiplied before', () => {
    fc.assert(
      fc.property(products, (problem) => {
        expect(bits(product(problem))).toEqual(bits(productReference(problem)));
      }),
    );
  });

  it('agrees with the reference beyond the rows of one call', () => {
    const problem = { left: matrix(601, 64, 1), right: matrix(64, 64, 2) };
    expect(bits(product(problem))).toEqual(bits(productReference(problem)));
  });

  it('is what one gets by hand', () => {
    const left = { rows: 2, columns: 2, data: Float32Array.of(1, 2, 3, 4) };
    const right = { rows: 2, columns: 4, data: Float32Array.of(1, 0, 2, -1, 0, 1, 5, 0.5) };
    expect([...product({ left, right }).data]).toEqual([1, 2, 12, 0, 3, 4, 26, -1]);
    expect([...product({ left, right, transposed: true }).data]).toEqual([1, 3, 17, 0.5, 2, 4, 24, 0]);
  });

  it('is refused where shapes do not fit', () => {
    const [a, b] = [matrix(3, 5, 1), matrix(5, 4, 2)];
    const refused: DenseProduct[] = [
      { left: b, right: a },
      { left: a, right: b, transposed: true },
      { left: a, right: matrix(5, 6, 3) },
      { left: { ...a, rows: 4 }, right: b },
    ];
    for (const problem of refused)
      for (const multiply of [product, productReference])
        expect(refusalOf(() => multiply(problem))).toBe('MATRIX_SHAPE_INVALID');
  });

  it('is computed by the module that its digest names', () => {
    expect(createHash('sha256').update(fromBase64(base64)).digest('hex')).toBe(DENSE_DIGEST);
  });
});
