import { describe, expect, it } from '@jest/globals';
import { addressOf, filterOf, isNarrowed, type QueueFilter } from './queue-filter.js';

describe('what the queue shows', () => {
  it('is verified requests by their deadline, unless something else is asked for', () => {
    expect(filterOf(new URLSearchParams())).toEqual({ tab: 'verified', sort: 'due' });
    expect(addressOf({ tab: 'verified', sort: 'due' }).toString()).toBe('');
  });

  it('survives in the address of the page', () => {
    const filter: QueueFilter = {
      tab: 'closed',
      kind: 'erasure',
      light: 'red',
      search: '7f1d9b1e',
      sort: '-received',
    };
    expect(filterOf(addressOf(filter, 3))).toEqual(filter);
    expect(addressOf(filter, 3).get('page')).toBe('3');
  });

  it('leaves out what nobody can have meant', () => {
    const typed = new URLSearchParams({ tab: 'none', kind: 'x', light: 'blue', sort: 'y', search: ' ' });
    expect(filterOf(typed)).toEqual({ tab: 'verified', sort: 'due' });
  });

  it('is narrowed by more than tab and order only', () => {
    expect(isNarrowed({ tab: 'held', sort: 'received' })).toBe(false);
    expect(isNarrowed({ tab: 'verified', sort: 'due', light: 'red' })).toBe(true);
  });
});
