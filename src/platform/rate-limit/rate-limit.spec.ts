import { describe, expect, it } from '@jest/globals';
import { RateLimit } from './index.js';

describe('a rate limit', () => {
  it('lets a burst through, then the rate, for each name on its own', () => {
    const limit = new RateLimit({ rate: 2, burst: 3 });
    expect([1, 2, 3, 4].map(() => limit.take('a', 0))).toEqual([true, true, true, false]);
    expect(limit.take('b', 0)).toBe(true);
    expect([limit.take('a', 499), limit.take('a', 999)]).toEqual([false, true]);
  });

  it('says how long to wait', () => {
    const limit = new RateLimit({ rate: 0.1, burst: 1 });
    expect(limit.wait('a', 0)).toBe(0);
    limit.take('a', 0);
    expect([limit.wait('a', 0), limit.wait('a', 9_500), limit.wait('a', 10_000)]).toEqual([10, 1, 0]);
  });

  it('keeps no more names than it was told, and forgets the one that was used longest ago', () => {
    const limit = new RateLimit({ rate: 1, burst: 1 }, 2);
    for (const name of ['a', 'b', 'a', 'c']) limit.take(name, 0);
    expect([limit.take('a', 0), limit.take('b', 0)]).toEqual([false, true]);
  });
});
