import { expect, it } from '@jest/globals';
import { daysOf, spanOf } from './register-span.js';

const today = new Date('2026-11-30T12:00:00Z');
const asked = (from: string, until: string) => spanOf(new URLSearchParams({ from, until }), today);

it('the register covers the months that were asked for', () =>
  expect(asked('2025-12', '2026-02')).toEqual({ from: '2025-12', until: '2026-02' }));

it.each([
  ['', ''],
  ['2026-05', '2026-02'],
  ['2026-13', '2026-14'],
  ['x', '2026-02'],
])('the year so far is covered instead of %s to %s', (from, until) =>
  expect(asked(from, until)).toEqual({ from: '2026-01', until: '2026-11' }),
);

it.each([
  ['2026-01', '2026-01', '2026-01-31'],
  ['2024-02', '2024-02', '2024-02-29'],
  ['2025-11', '2026-02', '2026-02-28'],
  ['2026-12', '2026-12', '2026-12-31'],
])('the server is asked for whole months: %s to %s ends on %s', (from, until, last) =>
  expect(daysOf({ from, until })).toEqual({ from: `${from}-01`, until: last }),
);
