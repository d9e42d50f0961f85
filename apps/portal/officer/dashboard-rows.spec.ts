import { expect, it } from '@jest/globals';
import { kindsReceived, receivedByMonth } from './dashboard-rows.js';

const months = [
  { month: '2026-01', received: { erasure: 2, access: 0 }, completed: 0, refused: 0 },
  { month: '2026-02', received: { withdrawal: 5 }, completed: 3, refused: 1 },
];

it('only kinds that came at all are drawn', () =>
  expect(kindsReceived(months)).toEqual(['erasure', 'withdrawal']));

it('a month without a kind has none of it, and is no gap', () =>
  expect(receivedByMonth(months)).toEqual([
    { month: '2026-01', erasure: 2, withdrawal: 0 },
    { month: '2026-02', erasure: 0, withdrawal: 5 },
  ]));
