import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { MeasuredUtility, UtilityFigure } from '#libs/contracts';
import type { Draw } from '#libs/learning';
import { NOT_MEASURED, utilityToKeep, type MeasuredPeople, type Metric } from './index.js';
import { roundedCount, roundedFigure } from './rounding.js';

/** Resamples of thousands of people: any even scattering will do, and one without the generator's rounds takes a tenth of the time. */
const draw: Draw = (purpose, id) => {
  let seed = 7;
  for (const letter of purpose + id) seed = (seed * 31 + letter.codePointAt(0)!) % 2_147_483_647;
  const uniform = (at: number): number => {
    let state = (seed + at * 48_271) % 2_147_483_647;
    for (let round = 0; round < 3; round++) state = ((state ^ (state >>> 11)) * 40_692 + 11) % 2_147_483_399;
    return state / 2_147_483_399;
  };
  return { uniform, normal: uniform };
};

interface Person {
  readonly records: number;
  /** 1 for the first place, … 10; 0 where nothing was found. */
  readonly rank: number;
  readonly home: number;
}

/** People of whom about a tenth is answered well, drawn by a name. */
function peopleOf(count: number, name: string): Person[] {
  const draws = draw('spec/people', name);
  return Array.from({ length: count }, (_, at) => ({
    records: 5 + Math.floor(-60 * Math.log(1 - draws.uniform(4 * at))),
    rank: draws.uniform(4 * at + 1) < 0.1 ? 1 + Math.floor(10 * draws.uniform(4 * at + 2)) : 0,
    home: Math.floor(4 * draws.uniform(4 * at + 3)),
  }));
}

function measured(people: readonly Person[]): MeasuredPeople {
  const values = (of: (person: Person) => number): Float64Array => Float64Array.from(people, of);
  const utility = new Map<Metric, Float64Array>([
    ['hr@10', values(({ rank }) => (rank > 0 ? 1 : 0))],
    ['ndcg@10', values(({ rank }) => (rank > 0 ? 1 / Math.log2(rank + 1) : 0))],
  ]);
  return {
    utility,
    records: people.map(({ records }) => records),
    shards: { kind: 'home', of: people.map(({ home }) => home) },
  };
}

const kept = (people: readonly Person[]): MeasuredUtility => utilityToKeep(measured(people), draw);

/** Every figure that is in it, by its place. */
function figuresIn(value: unknown, place = ''): [string, UtilityFigure][] {
  if (typeof value !== 'object' || value === null) return [];
  if ('halfWidth' in value) return [[place, value as UtilityFigure]];
  return Object.entries(value).flatMap(([name, part]) => figuresIn(part, `${place}/${name}`));
}

describe('a figure that may be kept', () => {
  it.each([
    [0.08913, 0.0072, { value: 0.09, halfWidth: 0.01 }],
    [0.0551, 0.0031, { value: 0.055, halfWidth: 0.005 }],
    [0.3, 0.1, { value: 0.3, halfWidth: 0.1 }],
    [-0.0149, 0.011, { value: -0.02, halfWidth: 0.02 }],
    [-0.004, 0.01, { value: 0, halfWidth: 0.01 }],
    [0.62, 0.6, { value: 1, halfWidth: 1 }],
    [0.000032, 0.0000101, { value: 0.00004, halfWidth: 0.00002 }],
    [12.3, 9, { value: 10, halfWidth: 10 }],
  ])('of %p ± %p is %p', (value, halfWidth, expected) => {
    const figure = roundedFigure(value, halfWidth);
    expect(figure).toEqual(expected);
    expect(Object.is(figure.value, -0)).toBe(false);
  });

  it('is a multiple of a step that is no smaller than the half-width, and no further off than half a step', () => {
    const halfWidths = fc.double({ min: 1e-9, max: 10, noNaN: true });
    fc.assert(
      fc.property(fc.double({ min: -1, max: 1, noNaN: true }), halfWidths, (value, halfWidth) => {
        const figure = roundedFigure(value, halfWidth);
        const steps = figure.value / figure.halfWidth;
        expect(Math.abs(steps - Math.round(steps))).toBeLessThan(1e-6);
        expect(Math.abs(value - figure.value)).toBeLessThanOrEqual(figure.halfWidth * 0.5000001);
        expect(figure.halfWidth).toBeGreaterThanOrEqual(halfWidth);
        expect(figure.halfWidth).toBeLessThanOrEqual(2.5000001 * halfWidth);
        expect(`${figure.halfWidth}`.replace(/e.*|[.0]/g, '')).toMatch(/^[125]$/); // what the half-width was is not told
      }),
    );
  });

  it('has a half-width', () => {
    for (const halfWidth of [0, -1, NaN, Infinity])
      expect(() => roundedFigure(1, halfWidth)).toThrow(RangeError);
  });
});

describe('a number of people', () => {
  it.each([
    [7, 7],
    [99, 99],
    [1_049, 1_000],
    [6_040, 6_000],
    [138_493, 130_000],
  ])('of %p is told as %p', (people, told) => expect(roundedCount(people)).toBe(told));
});

describe('what is kept of a measurement', () => {
  const PEOPLE = peopleOf(4_040, 'a house');

  it('is utility, fairness and groups, each on the grid of its half-width', () => {
    const utility = kept(PEOPLE);
    const mean = PEOPLE.filter(({ rank }) => rank > 0).length / PEOPLE.length;
    const { hr10, ndcg10 } = utility.overall as { hr10: UtilityFigure; ndcg10: UtilityFigure };
    // 1.96 * sqrt(.1 * .9 / 4040) = 0.0093, which the ladder widens to 0.01
    expect(hr10.halfWidth).toBe(0.01);
    expect(Math.abs(hr10.value - mean)).toBeLessThanOrEqual(0.005);
    expect(ndcg10.value).toBeLessThan(hr10.value);
    expect(utility.tested).toBe(4_000);
    const places = figuresIn(utility).map(([place]) => place);
    expect(places).toEqual([
      '/overall/hr10',
      '/overall/ndcg10',
      '/warm/hr10',
      '/warm/ndcg10',
      '/cold/hr10',
      '/cold/ndcg10',
      '/activityGap',
      '/shardVariance',
    ]);
  });

  it('leaves open which of several counts a figure was made of', () => {
    const people: Readonly<Record<string, number>> = {
      overall: 4_040,
      warm: 3_636,
      cold: 404,
      activityGap: 202,
    };
    for (const [place, { halfWidth }] of figuresIn(kept(PEOPLE))) {
      const [, group] = place.split('/');
      if (group !== 'shardVariance') expect(halfWidth * people[group]).toBeGreaterThanOrEqual(3);
    }
  });

  it('does not say that nobody was answered well, nor that everybody was', () => {
    for (const rank of [0, 1]) {
      const { overall, shardVariance } = kept(PEOPLE.map((person) => ({ ...person, rank })));
      expect((overall as { hr10: UtilityFigure }).hr10.halfWidth * PEOPLE.length).toBeGreaterThanOrEqual(3);
      expect((shardVariance as UtilityFigure).halfWidth).toBeGreaterThan(0);
    }
  });

  it('is nothing below a thousand people', () => {
    expect(kept(PEOPLE.slice(0, 999))).toEqual(NOT_MEASURED);
    expect(kept(PEOPLE.slice(0, 1_000))).toHaveProperty('overall.hr10');
  });

  it('is nothing of a group, nor of shards, below two hundred', () => {
    const few = kept(PEOPLE.slice(0, 1_000)); // 100 cold ones, 50 most active ones
    expect(few.cold).toEqual({ withheld: 'fewer-than-200-in-group' });
    expect(few.activityGap).toEqual({ withheld: 'fewer-than-200-in-group' });
    const thin = PEOPLE.slice(0, 1_000).map((person, at) => ({ ...person, home: at < 801 ? at % 4 : 4 }));
    expect(kept(thin).shardVariance).toEqual({ withheld: 'fewer-than-200-in-shard' });
    const alone = utilityToKeep({ ...measured(PEOPLE), shards: undefined }, draw);
    expect(alone.shardVariance).toEqual({ withheld: 'one-shard' });
  });

  it('compares shards that were asked alone about everybody', () => {
    const people = measured(PEOPLE.slice(0, 1_000));
    const good = people.utility.get('ndcg@10')!;
    const bad = good.map(() => 0);
    const mean = good.reduce((sum, value) => sum + value, 0) / good.length;
    const { shardVariance } = utilityToKeep(
      { ...people, shards: { kind: 'alone', values: [good, bad] } },
      draw,
    );
    const { value, halfWidth } = shardVariance as UtilityFigure;
    expect(Math.abs(value - (mean / 2) ** 2)).toBeLessThanOrEqual(halfWidth / 2); // of a and 0 it is (a/2)²
  });

  it('is mostly the same bytes without one of the people, whoever that is', () => {
    const worlds = 4;
    const leaving = 6;
    let figures = 0;
    let moved = 0;
    for (let world = 0; world < worlds; world++) {
      const people = peopleOf(1_050, `world ${world}`);
      const before = figuresIn(kept(people));
      for (let one = 0; one < leaving; one++) {
        const after = figuresIn(kept(people.toSpliced((one * 149 + world) % people.length, 1)));
        expect(after.map(([place]) => place)).toEqual(before.map(([place]) => place));
        figures += before.length;
        before.forEach(([, figure], at) => {
          if (JSON.stringify(figure) !== JSON.stringify(after[at][1])) moved++;
        });
      }
    }
    // One of 1,050 moves a figure by about a thousandth, and steps are 0.01 … 0.02: about one in fifteen crosses an edge.
    expect(figures).toBe(worlds * leaving * 5);
    expect(moved / figures).toBeLessThan(0.15);
  });
});
