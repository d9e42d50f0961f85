import { describe, expect, it } from '@jest/globals';
import { drawsOf } from '#libs/learning';
import { activityGap, Bootstrap, groupsOf, hitRateAt, quantile, utilityOf, varianceOf } from './index.js';

const draw = drawsOf('00'.repeat(32));

describe('a bootstrap interval', () => {
  const values = Array.from({ length: 400 }, (_, at) => (at * 7919) % 101);
  const bootstrap = new Bootstrap(values.length, draw);

  it('is about ±1.96 standard errors around the mean', () => {
    // NumPy 2.4: values.mean() = 50.01, 1.96 * values.std() / sqrt(400) = 2.86
    const { mean, low, high } = bootstrap.estimate(values);
    expect(mean).toBeCloseTo(50.01, 10);
    expect((high - low) / 2).toBeGreaterThan(2.6);
    expect((high - low) / 2).toBeLessThan(3.1);
    expect(low).toBeLessThan(mean);
    expect(high).toBeGreaterThan(mean);
  });

  it('of a difference is paired: a constant gain has no width', () => {
    const better = values.map((value) => value + 2);
    expect(bootstrap.difference(better, values)).toEqual({ mean: 2, low: 2, high: 2 });
  });

  it('of a difference is as wide as what differs, not as what people are', () => {
    const worse = values.map((value, at) => value - ((at * 31) % 7) + 2);
    const { mean, low, high } = bootstrap.difference(values, worse);
    // scipy.stats.bootstrap((values - worse,), numpy.mean, n_resamples=100000, method='percentile', random_state=1), SciPy 1.17:
    // 0.795 … 1.1875. With 1,000 resamples an end has a standard error of 0.0085. Unpaired, the half-width would be 4.06.
    expect(mean).toBeCloseTo(0.9925, 10);
    expect(Math.abs(low - 0.795)).toBeLessThan(0.03);
    expect(Math.abs(high - 1.1875)).toBeLessThan(0.03);
  });

  it('is the same each time', () => {
    expect(new Bootstrap(values.length, draw).estimate(values)).toEqual(bootstrap.estimate(values));
  });

  it('of nobody is nothing', () => {
    expect(new Bootstrap(0, draw).estimate([])).toEqual({ mean: 0, low: 0, high: 0 });
  });
});

describe('a quantile', () => {
  it('lies between its neighbours as NumPy’s does', () => {
    // numpy.quantile([1, 2, 4, 8], [.025, .5, .975]), NumPy 2.4
    expect(quantile([1, 2, 4, 8], 0.025)).toBeCloseTo(1.075, 12);
    expect(quantile([1, 2, 4, 8], 0.5)).toBe(3);
    expect(quantile([1, 2, 4, 8], 0.975)).toBeCloseTo(7.7, 12);
  });
});

describe('utility', () => {
  it('has one value a metric, a cutoff and a person', () => {
    const utility = utilityOf(
      [Uint32Array.of(4, 2, 7), Uint32Array.of(1)],
      [new Set([7, 9]), new Set([1])],
      [1, 3],
    );
    expect([...utility.keys()]).toEqual(['recall@1', 'ndcg@1', 'hr@1', 'recall@3', 'ndcg@3', 'hr@3']);
    expect([...utility.get('recall@3')!]).toEqual([0.5, 1]);
    expect([...utility.get('hr@1')!]).toEqual([0, 1]);
    expect([...utility.get('hr@3')!]).toEqual([1, 1]);
    // (1/log2 4) / (1 + 1/log2 3), Python 3
    expect(utility.get('ndcg@3')![0]).toBeCloseTo(0.3065735963827292, 12);
  });

  it('counts a hit once, however many there are', () => {
    expect(hitRateAt(3, ['a', 'b', 'c'], new Set(['a', 'c']))).toBe(1);
    expect(hitRateAt(3, ['a', 'b', 'c'], new Set(['d']))).toBe(0);
  });
});

describe('groups', () => {
  it('call the tenth with the fewest records cold, with all who have as few', () => {
    const records = [5, 9, 9, 2, 8, 7, 2, 6, 9, 9, 9];
    expect(groupsOf(records)).toEqual({ coldAtMost: 2, cold: [3, 6], warm: [0, 1, 2, 4, 5, 7, 8, 9, 10] });
  });

  it('have nobody cold who has as many records as the most active', () => {
    expect(groupsOf([4, 4, 4])).toEqual({ coldAtMost: 3, cold: [], warm: [0, 1, 2] });
    expect(groupsOf([4, 2, 4])).toMatchObject({ cold: [1], warm: [0, 2] });
  });

  it('of activity are 5 % and the rest', () => {
    const records = Array.from({ length: 40 }, (_, person) => person);
    const values = records.map((count) => (count >= 38 ? 0.5 : 0.25));
    expect(activityGap(values, records)).toBe(0.25);
  });

  it('of shards vary as the population does', () => {
    expect(varianceOf([1, 2, 3, 4])).toBe(1.25); // numpy.var([1, 2, 3, 4])
  });
});
