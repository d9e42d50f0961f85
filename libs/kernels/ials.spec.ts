import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fromBase64 } from '#libs/essentials';
import { refusalOf } from '#libs/testkit';
import { base64 } from './generated/ials.wasm.js';
import {
  gram,
  gramReference,
  IALS_DIGEST,
  ScoringTable,
  scoresReference,
  solveRows,
  solveRowsReference,
  type RowProblem,
} from './index.js';

/** Bits of the floats, so that 0 and −0, and each NaN, count as different. */
const bits = (floats: Float32Array): Uint32Array => new Uint32Array(floats.slice().buffer);

/** A repeatable sequence in [−1, 1); fast-check picks the seed. */
function floats(length: number, seed: number, scale = 1): Float32Array {
  let state = seed >>> 0;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return scale * (state / 2 ** 31 - 1);
  });
}

interface Shape {
  readonly dimensions: number;
  readonly counts: readonly number[];
  readonly fixed: number;
  readonly seed: number;
  readonly scale: number;
}

const shapes: fc.Arbitrary<Shape> = fc.record({
  dimensions: fc.integer({ min: 1, max: 7 }).map((quads) => quads * 4),
  counts: fc.array(fc.integer({ min: 0, max: 70 }), { minLength: 1, maxLength: 6 }),
  fixed: fc.integer({ min: 1, max: 600 }),
  seed: fc.nat(),
  scale: fc.constantFrom(1e-3, 0.1, 1, 30),
});

function problemOf({ dimensions, counts, fixed, seed, scale }: Shape): RowProblem {
  const factors = floats(fixed * dimensions, seed, scale);
  const offsets = new Uint32Array(counts.length + 1);
  counts.forEach((count, row) => (offsets[row + 1] = offsets[row] + count));
  const indices = Uint32Array.from({ length: offsets[counts.length] }, (_, at) => (at * 31 + seed) % fixed);
  const weights = { unobserved: 0.1, regularization: 0.01 };
  return {
    dimensions,
    offsets,
    indices,
    factors,
    weightedGram: gram(factors, dimensions, weights.unobserved),
    others: fixed,
    weights,
  };
}

describe('the iALS kernel', () => {
  it('solves rows to the same bits as the reference', () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        const problem = problemOf(shape);
        expect(bits(solveRows(problem))).toEqual(bits(solveRowsReference(problem)));
      }),
      { numRuns: 60 },
    );
  });

  it('sums Gram matrices to the same bits as the reference', () => {
    fc.assert(
      fc.property(shapes, ({ dimensions, fixed, seed, scale }) => {
        const factors = floats(fixed * dimensions, seed, scale);
        expect(bits(gram(factors, dimensions, 0.3))).toEqual(bits(gramReference(factors, dimensions, 0.3)));
      }),
      { numRuns: 60 },
    );
  });

  it('scores to the same bits as the reference', () => {
    fc.assert(
      fc.property(shapes, ({ dimensions, fixed, seed, scale }) => {
        const factors = floats(fixed * dimensions, seed, scale);
        const x = floats(dimensions, seed + 1);
        const table = new ScoringTable(factors, dimensions);
        expect(bits(table.scores(x))).toEqual(bits(scoresReference(factors, dimensions, x)));
        const others = floats(fixed * dimensions, seed + 2, scale);
        table.replace(others);
        expect(bits(table.scores(x))).toEqual(bits(scoresReference(others, dimensions, x)));
      }),
      { numRuns: 60 },
    );
  });

  it('agrees with the reference at the size that is trained', () => {
    const problem = problemOf({
      dimensions: 64,
      counts: [1, 31, 32, 33, 700],
      fixed: 1000,
      seed: 7,
      scale: 0.2,
    });
    expect(bits(solveRows(problem))).toEqual(bits(solveRowsReference(problem)));
  });

  it('solves the system that the paper states', () => {
    // numpy 2.4.6, float64: A = 0.1·YᵀY + y₀y₀ᵀ + y₂y₂ᵀ + 0.01(2 + 0.1·3)·I, numpy.linalg.solve(A, y₀ + y₂)
    const factors = Float32Array.of(1, 2, 0, 0.5, 0, 1, 1, 0, 2, 0, 1, 1);
    const weights = { unobserved: 0.1, regularization: 0.01 };
    const solution = solveRows({
      dimensions: 4,
      offsets: Uint32Array.of(0, 2),
      indices: Uint32Array.of(0, 2),
      factors,
      weightedGram: gram(factors, 4, weights.unobserved),
      others: 3,
      weights,
    });
    const expected = [0.41744874601493615, 0.19139531289033887, -0.13665051744081144, 0.2087243730074716];
    // Condition number 393, so the error is about 393 · 2^−24 times the few roundings of each sum.
    solution.forEach((value, at) => expect(Math.abs(value - expected[at])).toBeLessThan(1e-4));
  });

  it('gives a row without pairs zeros', () => {
    const problem = problemOf({ dimensions: 8, counts: [3, 0, 2], fixed: 5, seed: 1, scale: 1 });
    expect([...solveRows(problem).subarray(8, 16)]).toEqual(new Array(8).fill(0));
  });

  it('gives the same rows whether they are solved together or apart', () => {
    const counts = Array.from({ length: 300 }, (_, row) => row % 5);
    const whole = problemOf({ dimensions: 8, counts, fixed: 40, seed: 3, scale: 1 });
    const solution = solveRows(whole);
    const alone = {
      ...whole,
      offsets: Uint32Array.of(0, 4),
      indices: whole.indices.slice(whole.offsets[299]),
    };
    expect(bits(solveRows(alone))).toEqual(bits(solution.slice(299 * 8)));
  });

  it('is the module that its digest names', () => {
    expect(createHash('sha256').update(fromBase64(base64)).digest('hex')).toBe(IALS_DIGEST);
  });

  it('uses no relaxed SIMD and imports nothing from its host', () => {
    const module = new WebAssembly.Module(fromBase64(base64) as Uint8Array<ArrayBuffer>);
    expect(WebAssembly.Module.imports(module)).toEqual([]);
    expect(relaxedInstructions(fromBase64(base64))).toBe(0);
  });
});

describe('the iALS kernel refuses', () => {
  const problem = problemOf({ dimensions: 4, counts: [2, 1], fixed: 3, seed: 5, scale: 1 });
  const refusals: readonly [string, Partial<RowProblem>, string][] = [
    ['dimensions that are no multiple of 4', { dimensions: 6 }, 'DIMENSIONS_INVALID'],
    ['dimensions beyond 256', { dimensions: 260 }, 'DIMENSIONS_INVALID'],
    ['half a row of factors', { factors: new Float32Array(6) }, 'FACTORS_LENGTH_INVALID'],
    ['a Gram matrix of another size', { weightedGram: new Float32Array(15) }, 'GRAM_LENGTH_INVALID'],
    ['offsets that descend', { offsets: Uint32Array.of(0, 4, 3) }, 'OFFSETS_INVALID'],
    ['offsets that end early', { offsets: Uint32Array.of(0, 1, 2) }, 'OFFSETS_INVALID'],
    ['offsets that are not there', { offsets: new Uint32Array() }, 'OFFSETS_INVALID'],
    ['an index beyond the factors', { indices: Uint32Array.of(0, 1, 3) }, 'INDEX_OUT_OF_RANGE'],
    ['a fraction of other rows', { others: 1.5 }, 'OTHERS_NOT_A_COUNT'],
    ['no regularization', { weights: { unobserved: 1, regularization: 0 } }, 'WEIGHT_NOT_POSITIVE'],
    [
      'a weight that vanishes in 32 bits',
      { weights: { unobserved: 1e-60, regularization: 1 } },
      'WEIGHT_NOT_POSITIVE',
    ],
    [
      'a matrix that is not positive definite',
      { weightedGram: new Float32Array(16).fill(-9) },
      'NOT_POSITIVE_DEFINITE',
    ],
    ['numbers that are none', { factors: new Float32Array(12).fill(Number.NaN) }, 'NOT_POSITIVE_DEFINITE'],
  ];
  it.each(refusals)('%s', (_, change, code) => {
    expect(refusalOf(() => solveRows({ ...problem, ...change }))).toBe(code);
    expect(refusalOf(() => solveRowsReference({ ...problem, ...change }))).toBe(code);
  });

  it('other factors of another number of rows', () => {
    const table = new ScoringTable(new Float32Array(8), 4);
    expect(refusalOf(() => table.replace(new Float32Array(12)))).toBe('FACTORS_LENGTH_INVALID');
  });

  it('a vector of another length than the factors', () => {
    expect(refusalOf(() => new ScoringTable(new Float32Array(8), 4).scores(new Float32Array(5)))).toBe(
      'FACTORS_LENGTH_INVALID',
    );
  });
});

/**
 * Relaxed SIMD instructions are 0xfd followed by a LEB128 opcode of 0x100 … 0x112, so the bytes fd 80…92 02. A constant could hold
 * them by chance; then this test would want a real disassembler.
 */
function relaxedInstructions(module: Uint8Array): number {
  let found = 0;
  for (let at = 0; at + 2 < module.length; at++)
    if (module[at] === 0xfd && module[at + 1] >= 0x80 && module[at + 1] <= 0x92 && module[at + 2] === 0x02)
      found++;
  return found;
}
