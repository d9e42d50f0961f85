import { describe, expect, it } from '@jest/globals';
import type { RecordView } from '#libs/portal-contract';
import { addressOf, filterOf, queryOf, scopeOfFilter } from './history-filter.js';
import { scopeOfSelection, type ReadPage } from './selected-scope.js';
import { EVERYTHING, isPageSelected, NOTHING, selectedCount, toggled, togglePage } from './selection.js';

describe('the filter of the history', () => {
  it('stands in the address and is read from it again', () => {
    const filter = { search: 'moon', category: 'Horror', from: '2026-03-01' };
    expect(filterOf(addressOf(filter, 3))).toEqual(filter);
    expect(addressOf(filter, 3).get('page')).toBe('3');
  });

  it('takes no day that is none', () =>
    expect(filterOf(new URLSearchParams('from=yesterday&until=2026-13-01&search='))).toEqual({}));

  it('covers the whole of its last day', () => {
    const { from, until } = queryOf({ from: '2026-03-01', until: '2026-03-01' });
    expect(Date.parse(until!) - Date.parse(from!)).toBe(24 * 3600 * 1000 - 1);
  });

  it('is a scope where a scope can say it', () =>
    expect(scopeOfFilter({ category: 'Horror', purpose: 'ads' })).toEqual({
      categories: ['Horror'],
      purpose: 'ads',
    }));
  it.each([{ search: 'moon' }, { type: 'view', category: 'Horror' }, {}])('is none for %j', (filter) =>
    expect(scopeOfFilter(filter)).toBeUndefined(),
  );
});

describe('a selection', () => {
  it('grows and shrinks row by row and page by page', () => {
    const two = togglePage(NOTHING, ['a', 'b']);
    expect(selectedCount(two, 300)).toBe(2);
    expect(isPageSelected(toggled(two, 'a'), ['a', 'b'])).toBe(false);
    expect(selectedCount(togglePage(two, ['a', 'b']), 300)).toBe(0);
  });

  it('of everything may leave some out', () => {
    const others = togglePage(EVERYTHING, ['a', 'b']);
    expect(selectedCount(others, 300)).toBe(298);
    expect(selectedCount(togglePage(others, ['a', 'b']), 300)).toBe(300);
  });
});

describe('what is sent for a selection', () => {
  const all = Array.from({ length: 450 }, (_, at) => ({ label: `label-${at}` }) as RecordView);
  const asked: object[] = [];
  const readPage: ReadPage = async (query) => {
    asked.push(query);
    const from = (query.page - 1) * query.size;
    return {
      rows: all.slice(from, from + query.size),
      total: all.length,
      page: query.page,
      size: query.size,
    };
  };

  it('names the rows that were chosen one by one', async () =>
    expect(await scopeOfSelection(togglePage(NOTHING, ['a', 'b']), {}, readPage)).toEqual({
      labels: ['a', 'b'],
    }));

  it('names the conditions of everything that was filtered by them', async () =>
    expect(await scopeOfSelection(EVERYTHING, { category: 'Horror' }, readPage)).toEqual({
      categories: ['Horror'],
    }));

  it('names every record where words were searched for, on all pages', async () => {
    const { labels } = await scopeOfSelection(EVERYTHING, { search: 'moon' }, readPage);
    expect(labels).toHaveLength(450);
    expect(asked.at(-1)).toEqual({ search: 'moon', page: 3, size: 200 });
  });

  it('leaves out what was taken from everything', async () => {
    const { labels } = await scopeOfSelection(
      toggled(EVERYTHING, 'label-7'),
      { category: 'Horror' },
      readPage,
    );
    expect(labels).toHaveLength(449);
    expect(labels).not.toContain('label-7');
  });
});
