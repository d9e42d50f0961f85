import { describe, expect, it } from '@jest/globals';
import { isInShare } from './replay-share.js';

const PEOPLE = Array.from(
  { length: 3_000 },
  (_, n) => `7f1d9b1e-0000-4000-8000-${String(n).padStart(12, '0')}`,
);

describe('shares of the people in a log', () => {
  it.each([1, 2, 3, 8])('hold each person once, and about as many each: %d', (of) => {
    const sizes = Array.from(
      { length: of },
      (_, part) => PEOPLE.filter((person) => isInShare(person, { part, of })).length,
    );
    expect(sizes.reduce((sum, size) => sum + size)).toBe(PEOPLE.length);
    for (const size of sizes) expect(Math.abs(size * of - PEOPLE.length)).toBeLessThan(PEOPLE.length / 4);
  });
});
