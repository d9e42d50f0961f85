import { describe, expect, it } from '@jest/globals';
import { pageOf } from '../ui/page-of-address.js';
import { addressOf, filterOf, isEmptyFilter, queryOf, type EntryFilter } from './entry-filter.js';

const filter: EntryFilter = { search: 'main', type: 'certificate', from: '2026-03-01', until: '2026-03-31' };

describe('a search of the ledger', () => {
  it('is the same after it was an address', () =>
    expect(filterOf(new URLSearchParams(addressOf(filter).toString()))).toEqual(filter));

  it('leaves out what an address cannot mean', () => {
    const typed = new URLSearchParams('search=%20%20&type=secret&from=2026-02-45&until=yesterday&page=-3');
    expect(filterOf(typed)).toEqual({});
    expect(pageOf(typed)).toBe(1);
  });

  it('takes no more words than the server does', () =>
    expect(filterOf(new URLSearchParams({ search: 'a'.repeat(500) })).search).toHaveLength(100));

  it('asks for whole days', () => {
    const { from, until } = queryOf(filter);
    expect(Date.parse(until!) - Date.parse(from!)).toBeGreaterThan(30 * 86_400_000);
  });

  it('begins on the first page again when it changes', () => {
    expect(pageOf(addressOf(filter, 4))).toBe(4);
    expect(pageOf(addressOf({ ...filter, type: 'genesis' }))).toBe(1);
  });

  it('of nothing is empty', () => {
    expect(isEmptyFilter({})).toBe(true);
    expect(isEmptyFilter({ until: '2026-03-31' })).toBe(false);
  });
});
