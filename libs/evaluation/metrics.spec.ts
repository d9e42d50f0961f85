import { describe, expect, it } from '@jest/globals';
import { ndcgAt, recallAt } from './index.js';

describe('Recall@k', () => {
  it('is the share of the relevant items that are among the first k', () => {
    expect(recallAt(2, ['a', 'b', 'c'], new Set(['b', 'c', 'x', 'y']))).toBe(0.25);
    expect(recallAt(3, ['a', 'b', 'c'], new Set(['b', 'c', 'x', 'y']))).toBe(0.5);
  });

  it('is 0 for a person with nothing to find', () => {
    expect(recallAt(2, ['a'], new Set())).toBe(0);
  });
});

describe('NDCG@k', () => {
  it('is 1 when everything relevant stands in front, however few the first k hold', () => {
    expect(ndcgAt(3, ['a', 'b', 'c'], new Set(['a', 'b']))).toBe(1);
    expect(ndcgAt(2, ['a', 'b', 'c'], new Set(['a', 'b', 'c']))).toBe(1);
  });

  it('discounts a hit by the logarithm of its rank', () => {
    // (1/log2 3 + 1/log2 5) / (1 + 1/log2 3), Python 3
    expect(ndcgAt(4, ['a', 'b', 'c', 'd'], new Set(['b', 'd']))).toBeCloseTo(0.6509209298071326, 12);
    expect(ndcgAt(1, ['a', 'b'], new Set(['b']))).toBe(0);
  });

  it('is 0 for a person with nothing to find', () => {
    expect(ndcgAt(2, ['a'], new Set())).toBe(0);
  });
});
