import { describe, expect, it } from '@jest/globals';
import { activationDistance, aucOf, jensenShannon } from './index.js';

describe('membership AUC', () => {
  it('is the share of pairs in which the member scores higher', () => {
    expect(aucOf([3, 4], [1, 2])).toBe(1);
    expect(aucOf([1, 2], [3, 4])).toBe(0);
    // 1 > 0.5, 3 > 0.5, 3 > 2; 1 < 2
    expect(aucOf([1, 3], [0.5, 2])).toBe(0.75);
  });

  it('counts a tie half, and says one half where nothing can be told', () => {
    expect(aucOf([1, 1], [1])).toBe(0.5);
    expect(aucOf([2, 1], [1])).toBe(0.75);
    expect(aucOf([], [1])).toBe(0.5);
  });
});

describe('the distance of two models', () => {
  const scores = Float32Array.of(0.5, -1, 2);

  it('is exactly 0 for the same answers', () => {
    expect(activationDistance(scores, scores.slice())).toBe(0);
    expect(jensenShannon(scores, scores.slice())).toBe(0);
  });

  it('is Euclid’s in activations', () => {
    expect(activationDistance(Float32Array.of(3, 0), Float32Array.of(0, 4))).toBe(5);
  });

  it('is Jensen’s and Shannon’s in probabilities, at most one bit', () => {
    // p = softmax(0, log 3) = (1/4, 3/4), q = softmax(log 3, 0); 1 − H(1/4) = 0.18872…, Python 3
    const log3 = Math.log(3);
    expect(jensenShannon(Float32Array.of(0, log3), Float32Array.of(log3, 0))).toBeCloseTo(0.1887218755, 6);
    expect(jensenShannon(Float32Array.of(0, 800), Float32Array.of(800, 0))).toBe(1);
  });
});
