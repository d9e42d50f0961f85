import { describe, expect, it } from '@jest/globals';
import type { CheckpointView } from '#libs/portal-contract';
import { comparedSizes, inOrder, toldHead, withSizes } from './compared-sizes.js';

const told: CheckpointView[] = [28, 26, 9].map((size) => ({
  size,
  rootHash: `root-${size}`,
  at: '2026-01-01T00:00:00Z',
}));
const address = (query: string) => new URLSearchParams(query);

describe('the sizes that are compared', () => {
  it('are at first the two newest', () =>
    expect(comparedSizes(address(''), told)).toEqual({ older: 26, newer: 28 }));

  it('are those of the address, any two of them', () =>
    expect(comparedSizes(address('older=3&newer=17'), told)).toEqual({ older: 3, newer: 17 }));

  it.each(['older=0&newer=-1', 'older=x&newer=1e3', 'older=01&newer='])(
    'are none that cannot be (%s)',
    (query) => expect(comparedSizes(address(query), told)).toEqual({ older: 26, newer: 28 }),
  );

  it('are one where there is one checkpoint', () =>
    expect(comparedSizes(address(''), told.slice(2))).toEqual({ older: 9, newer: 9 }));

  it('go into the address, and leave the rest as it is', () =>
    expect(withSizes(address('page=2'), { older: 9, newer: 28 }).toString()).toBe('page=2&older=9&newer=28'));

  it('are compared with the smaller one first', () =>
    expect(inOrder({ older: 28, newer: 9 })).toEqual({ older: 9, newer: 28 }));

  it('have a root to be compared with where the list tells one', () => {
    expect(toldHead(26, told)).toEqual({ size: 26, rootHash: 'root-26' });
    expect(toldHead(27, told)).toEqual({ size: 27 });
  });
});
