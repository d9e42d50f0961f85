import { describe, expect, it } from '@jest/globals';
import type { StoredRecord } from '#libs/contracts';
import { toBase64Url } from '#libs/essentials';
import { checkScope, recordsInScope } from './scope.js';

const record = (item: string, time: number, purpose = 'recommendations'): StoredRecord => ({
  label: new Uint8Array(32).fill(item.length + time),
  opening: new Uint8Array(16),
  item,
  type: 'rating',
  time,
  value: 4,
  purpose,
  position: 1n,
});
const horror = record('scream', 100);
const comedy = record('clue', 200);
const newsletter = record('clue', 300, 'newsletter');
const all = [horror, comedy, newsletter];
const categoriesOf = (item: string) => (item === 'scream' ? ['Horror', 'Thriller'] : ['Comedy']);

describe('the scope of a withdrawal', () => {
  it('selects by category', () => {
    expect(recordsInScope(all, { categories: ['Horror'] }, categoriesOf)).toEqual([horror]);
  });

  it('selects by purpose', () => {
    expect(recordsInScope(all, { purpose: 'newsletter' }, categoriesOf)).toEqual([newsletter]);
  });

  it('takes both ends of a period in', () => {
    expect(recordsInScope(all, { from: 100, until: 200 }, categoriesOf)).toEqual([horror, comedy]);
  });

  it('selects single records by their labels', () => {
    expect(recordsInScope(all, { labels: [toBase64Url(comedy.label)] }, categoriesOf)).toEqual([comedy]);
  });

  it('leaves alone what was recorded after a position', () => {
    const later = { ...comedy, position: 8n };
    expect(
      recordsInScope([horror, later], { purpose: 'recommendations', recordedBefore: '8' }, categoriesOf),
    ).toEqual([horror]);
  });

  it('asks for all conditions at once', () => {
    expect(recordsInScope(all, { items: ['clue'], purpose: 'recommendations' }, categoriesOf)).toEqual([
      comedy,
    ]);
    expect(recordsInScope(all, { items: ['scream'], categories: ['Comedy'] }, categoriesOf)).toEqual([]);
  });

  it.each([
    ['SCOPE_EMPTY', {}],
    ['SCOPE_EMPTY', { items: [], categories: [] }],
    ['SCOPE_PERIOD_REVERSED', { from: 200, until: 100 }],
    ['SCOPE_LABEL_MALFORMED', { labels: ['not a label'] }],
    ['SCOPE_LABEL_MALFORMED', { labels: ['AAAA'] }],
  ])('refuses with %s: %j', (code, scope) => {
    expect(() => checkScope(scope)).toThrow(expect.objectContaining({ code }));
  });

  it('accepts a scope that selects by something', () => {
    expect(() => checkScope({ from: 100 })).not.toThrow();
  });
});
