import { describe, expect, it } from '@jest/globals';
import { shareRead } from './share-read.js';

describe('how much of the log was read', () => {
  it.each([
    ['0', '0', 1],
    ['200', '50', 0.25],
    ['36893488147419103232', '18446744073709551616', 0.5],
    ['100', '101', 1],
    ['1000000', '999999', 0.9999],
  ])('of %s up to %s is %d', (head, position, share) =>
    expect(shareRead({ head, position, lagEvents: 1 })).toBe(share),
  );

  it('is all where what came since is nothing that read models follow', () =>
    expect(shareRead({ head: '200', position: '50', lagEvents: 0 })).toBe(1));
});
