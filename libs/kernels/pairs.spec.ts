import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fromBase64 } from '#libs/essentials';
import { refusalOf } from '#libs/testkit';
import { base64 } from './generated/pairs.wasm.js';
import {
  countPairs,
  countPairsReference,
  PAIRS_DIGEST,
  subtractCounts,
  sumCounts,
  type PairsProblem,
} from './index.js';

function problemOf(items: number, rows: readonly (readonly number[])[]): PairsProblem {
  const offsets = new Uint32Array(rows.length + 1);
  rows.forEach(({ length }, row) => (offsets[row + 1] = offsets[row] + length));
  return { items, offsets, indices: Uint32Array.from(rows.flat()) };
}

const problems: fc.Arbitrary<PairsProblem> = fc.integer({ min: 0, max: 90 }).chain((items) => {
  const all = Array.from({ length: items }, (_, item) => item);
  return fc.array(fc.subarray(all), { maxLength: 12 }).map((rows) => problemOf(items, rows));
});

describe('counting pairs', () => {
  it('gives for each pair of items the people who have met both, for each item its people', () => {
    const problem = problemOf(3, [[0, 1, 2], [], [1, 2], [1]]);
    // 00 01 02 11 12 22
    expect([...countPairs(problem)]).toEqual([1, 1, 1, 3, 2, 2]);
  });

  it('agrees with the reference', () => {
    fc.assert(
      fc.property(problems, (problem) => {
        expect(countPairs(problem)).toEqual(countPairsReference(problem));
      }),
    );
  });

  it('is the module that its digest names, and imports nothing from its host', () => {
    const module = fromBase64(base64);
    expect(createHash('sha256').update(module).digest('hex')).toBe(PAIRS_DIGEST);
    expect(WebAssembly.Module.imports(new WebAssembly.Module(module as Uint8Array<ArrayBuffer>))).toEqual([]);
  });

  const good = problemOf(3, [[0, 1], [2]]);
  it.each<[string, Partial<PairsProblem>, string]>([
    ['offsets that end early', { offsets: Uint32Array.of(0, 2) }, 'OFFSETS_INVALID'],
    ['an item that there is not', { items: 2 }, 'INDEX_OUT_OF_RANGE'],
    ['items that descend', { indices: Uint32Array.of(1, 0, 2) }, 'ROW_NOT_ASCENDING'],
    ['an item that stands twice', { indices: Uint32Array.of(1, 1, 2) }, 'ROW_NOT_ASCENDING'],
    [
      'more people than 16 bits count',
      {
        offsets: Uint32Array.from({ length: 65_537 }, (_, row) => row),
        indices: new Uint32Array(65_536),
      },
      'COUNT_TOO_LARGE',
    ],
  ])('refuses %s', (_, change, code) => {
    expect(refusalOf(() => countPairs({ ...good, ...change }))).toBe(code);
    expect(refusalOf(() => countPairsReference({ ...good, ...change }))).toBe(code);
  });
});

describe('summing counts', () => {
  it('adds each to its own, beyond 16 bits and beyond one call', () => {
    const length = 65_536 + 13;
    const counts = Uint16Array.from({ length }, (_, at) => at);
    const top = new Uint16Array(length).fill(65_535);
    expect(sumCounts([counts, top, top], length)).toEqual(
      Uint32Array.from(counts, (count) => count + 131_070),
    );
  });

  it('gives zeros where there is nothing to add', () => {
    expect(sumCounts([], 3)).toEqual(new Uint32Array(3));
  });

  it('goes on from a sum, and takes away what was added, beyond 16 bits', () => {
    const length = 65_536 + 13;
    const [some, more] = [3, 65_535].map((count) => new Uint16Array(length).fill(count));
    const sum = new Uint32Array(new SharedArrayBuffer(length * 4)).fill(65_534);
    expect(sumCounts([some, more], length, sum)).toBe(sum);
    expect(new Set(sum)).toEqual(new Set([131_072]));
    subtractCounts(sum, more);
    expect(new Set(sum)).toEqual(new Set([65_537]));
  });

  it('refuses counts of another length', () => {
    expect(refusalOf(() => sumCounts([new Uint16Array(3)], 4))).toBe('COUNTS_LENGTH_INVALID');
    expect(refusalOf(() => sumCounts([], 4, new Uint32Array(3)))).toBe('COUNTS_LENGTH_INVALID');
    expect(refusalOf(() => subtractCounts(new Uint32Array(4), new Uint16Array(3)))).toBe(
      'COUNTS_LENGTH_INVALID',
    );
  });
});
