import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fromBase64 } from '#libs/essentials';
import { refusalOf } from '#libs/testkit';
import { base64 } from './generated/topk.wasm.js';
import {
  NO_ITEM,
  rankScores,
  rankScoresReference,
  rankTop,
  rankTopReference,
  ScoringTable,
  type FactorRanking,
  type MaskedItems,
  type ScoreRanking,
} from './index.js';

function maskedOf(rows: readonly (readonly number[])[]): MaskedItems {
  const offsets = new Uint32Array(rows.length + 1);
  rows.forEach(({ length }, row) => (offsets[row + 1] = offsets[row] + length));
  return { offsets, indices: Uint32Array.from(rows.flat()) };
}

/** A few different numbers, so that many scores are equal. */
const coarse = fc.constantFrom(-2, -1, -0.5, -0, 0, 0.5, 1, 1.5);
const fine = fc.float({ noNaN: true, noDefaultInfinity: true, min: -8, max: 8 });
const numbers = (length: number): fc.Arbitrary<Float32Array> =>
  fc
    .oneof(
      fc.array(coarse, { minLength: length, maxLength: length }),
      fc.array(fine, { minLength: length, maxLength: length }),
    )
    .map((values) => Float32Array.from(values));
const masks = (people: number, items: number): fc.Arbitrary<MaskedItems> => {
  const all = Array.from({ length: items }, (_, item) => item);
  return fc.array(fc.subarray(all), { minLength: people, maxLength: people }).map(maskedOf);
};

const shapes = fc.record({
  people: fc.integer({ min: 0, max: 6 }),
  items: fc.integer({ min: 0, max: 40 }),
  k: fc.constantFrom(1, 2, 3, 7, 50),
});
const factorRankings: fc.Arbitrary<FactorRanking> = fc
  .record({ shape: shapes, quarters: fc.integer({ min: 1, max: 5 }) })
  .chain(({ shape: { people, items, k }, quarters }) =>
    fc.record({
      dimensions: fc.constant(4 * quarters),
      people: numbers(people * 4 * quarters),
      items: numbers(items * 4 * quarters),
      masked: masks(people, items),
      k: fc.constant(k),
    }),
  );
const scoreRankings: fc.Arbitrary<ScoreRanking> = shapes.chain(({ people, items, k }) =>
  fc.record({
    scores: numbers(people * items),
    items: fc.constant(items),
    masked: masks(people, items),
    k: fc.constant(k),
  }),
);

describe('ranking all items for everybody', () => {
  it('lists the best first, of equal scores the lower index, without the masked', () => {
    // scores of the two people: 3 1 3 −1 2 and −3 −1 −3 1 −2
    const people = Float32Array.of(1, 0, 0, 0, -1, 0, 0, 0);
    const items = Float32Array.from([3, 1, 3, -1, 2].flatMap((score) => [score, 7, 7, 7]));
    const lists = rankTop({ dimensions: 4, people, items, masked: maskedOf([[4], [0, 1, 2]]), k: 3 });
    expect([...lists]).toEqual([0, 2, 1, 3, 4, NO_ITEM]);
  });

  it('agrees with the reference, from factors', () => {
    fc.assert(
      fc.property(factorRankings, (ranking) => expect(rankTop(ranking)).toEqual(rankTopReference(ranking))),
    );
  });

  it('agrees with the reference, from scores', () => {
    fc.assert(
      fc.property(scoreRankings, (ranking) =>
        expect(rankScores(ranking)).toEqual(rankScoresReference(ranking)),
      ),
    );
  });

  it('ranks the very scores that are served, also over several chunks of items and calls', () => {
    const [dimensions, rows, count] = [12, 301, 1100];
    let state = 5;
    const next = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 31 - 1;
    const people = Float32Array.from({ length: rows * dimensions }, next);
    const items = Float32Array.from({ length: count * dimensions }, next);
    const masked = maskedOf(Array.from({ length: rows }, (_, row) => [row, row + 600]));
    const table = new ScoringTable(items, dimensions);
    const scores = new Float32Array(rows * count);
    for (let row = 0; row < rows; row++)
      scores.set(table.scores(people.subarray(row * dimensions, (row + 1) * dimensions)), row * count);
    const lists = rankTop({ dimensions, people, items, masked, k: 20 });
    expect(lists).toEqual(rankScores({ scores, items: count, masked, k: 20 }));
    expect(lists).toEqual(rankScoresReference({ scores, items: count, masked, k: 20 }));
  });

  it('takes infinite scores as the best and the worst', () => {
    const scores = Float32Array.of(0, -Infinity, Infinity, 1);
    expect([...rankScores({ scores, items: 4, masked: maskedOf([[]]), k: 4 })]).toEqual([2, 3, 0, 1]);
  });

  it('imports nothing from its host', () => {
    const module = new WebAssembly.Module(fromBase64(base64) as Uint8Array<ArrayBuffer>);
    expect(WebAssembly.Module.imports(module)).toEqual([]);
  });
});

describe('ranking refuses', () => {
  const good: FactorRanking = {
    dimensions: 4,
    people: new Float32Array(8),
    items: new Float32Array(12),
    masked: maskedOf([[0, 2], []]),
    k: 2,
  };
  it.each<[string, Partial<FactorRanking>, string]>([
    ['dimensions that are no multiple of 4', { dimensions: 6 }, 'DIMENSIONS_INVALID'],
    ['half a person', { people: new Float32Array(6) }, 'FACTORS_LENGTH_INVALID'],
    ['half an item', { items: new Float32Array(6) }, 'FACTORS_LENGTH_INVALID'],
    ['lists of nothing', { k: 0 }, 'K_OUT_OF_RANGE'],
    ['lists beyond 1,000', { k: 1001 }, 'K_OUT_OF_RANGE'],
    ['masks of other people', { masked: maskedOf([[0]]) }, 'OFFSETS_INVALID'],
    ['masked items that descend', { masked: maskedOf([[2, 0], []]) }, 'ROW_NOT_ASCENDING'],
    ['a score that is no number', { people: new Float32Array(8).fill(Number.NaN) }, 'NOT_FINITE'],
  ])('%s', (_, change, code) => {
    expect(refusalOf(() => rankTop({ ...good, ...change }))).toBe(code);
    expect(refusalOf(() => rankTopReference({ ...good, ...change }))).toBe(code);
  });

  it('scores that are not one for each person and item, or no numbers', () => {
    const scores = new Float32Array(6);
    const ranking: ScoreRanking = { scores, items: 3, masked: maskedOf([[], [1]]), k: 2 };
    for (const rank of [rankScores, rankScoresReference]) {
      expect(refusalOf(() => rank({ ...ranking, items: 2 }))).toBe('SCORES_LENGTH_INVALID');
      expect(refusalOf(() => rank({ ...ranking, scores: scores.fill(NaN) }))).toBe('NOT_FINITE');
    }
  });
});
