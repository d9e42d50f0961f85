import { describe, expect, it } from '@jest/globals';
import { dueDate } from './deadline.js';

describe('the time to answer a request', () => {
  it.each([
    ['2026-03-15T08:30:00.000Z', '2026-04-15T08:30:00.000Z', 'is one calendar month'],
    ['2026-01-31T10:00:00.000Z', '2026-02-28T10:00:00.000Z', 'ends with a shorter month'],
    ['2028-01-31T10:00:00.000Z', '2028-02-29T10:00:00.000Z', 'knows leap years'],
    ['2026-08-31T23:59:59.000Z', '2026-09-30T23:59:59.000Z', 'is clamped to thirty days'],
    ['2026-12-05T00:00:00.000Z', '2027-01-05T00:00:00.000Z', 'crosses the year'],
  ])('%s → %s: %s', (receivedAt, due) => {
    expect(dueDate(receivedAt)).toBe(due);
  });
});
