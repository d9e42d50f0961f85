import { describe, expect, it } from '@jest/globals';
import { eventAddressOf, eventFilterOf, type EventFilter } from './event-filter.js';

describe('the events that are shown', () => {
  it.each<EventFilter>([
    { order: 'newest' },
    { order: 'oldest', stream: 'rebuild-', type: 'ShardRebuilt', after: '18446744073709551615' },
  ])('are the same after they were an address (%#)', (filter) =>
    expect(eventFilterOf(new URLSearchParams(eventAddressOf(filter).toString()))).toEqual(filter),
  );

  it('are the newest where the address says nothing that can be meant', () =>
    expect(eventFilterOf(new URLSearchParams('order=random&after=-1&stream=%20&type='))).toEqual({
      order: 'newest',
    }));
});
