import { describe, expect, it } from '@jest/globals';
import type { RequestState } from '#libs/erasure';
import { registerEntryOf, registerOf, type RegisterEntry } from './index.js';

const YEAR = { from: '2026-01-01', until: '2026-12-31' };
const NOW = '2026-06-01T00:00:00.000Z';
const entry = (changes: Partial<RegisterEntry> = {}): RegisterEntry => ({
  kind: 'erasure',
  receivedAt: '2026-01-10T12:00:00.000Z',
  dueAt: '2026-02-10T23:59:59.999Z',
  extended: false,
  ...changes,
});
const answered = (day: string, outcome: RegisterEntry['outcome'] = 'completed'): RegisterEntry =>
  entry({ closedAt: `${day}T12:00:00.000Z`, outcome });

describe('the register', () => {
  it('counts requests by month of receipt and kind', () => {
    const { rows } = registerOf(
      [
        answered('2026-01-12'),
        answered('2026-01-20', 'refused'),
        answered('2026-01-11', 'cancelled'),
        entry({ extended: true, dueAt: '2026-07-01T00:00:00.000Z' }),
        entry({ kind: 'access' }),
        entry({ receivedAt: '2026-03-01T00:00:00.000Z', dueAt: '2026-06-30T00:00:00.000Z' }),
      ],
      YEAR,
      NOW,
    );
    expect(rows).toEqual([
      {
        month: '2026-01',
        kind: 'access',
        received: 1,
        completed: 0,
        refused: 0,
        cancelled: 0,
        extended: 0,
        overdue: 1,
      },
      {
        month: '2026-01',
        kind: 'erasure',
        received: 4,
        completed: 1,
        refused: 1,
        cancelled: 1,
        extended: 1,
        overdue: 0,
        medianDays: 6,
      },
      {
        month: '2026-03',
        kind: 'erasure',
        received: 1,
        completed: 0,
        refused: 0,
        cancelled: 0,
        extended: 0,
        overdue: 0,
      },
    ]);
  });

  it.each([
    [['2026-01-11', '2026-01-13', '2026-01-30'], 3],
    [['2026-01-11', '2026-01-14'], 2.5],
    [['2026-01-10'], 0],
  ])('gives the median of the days to an answer: %p', (days, expected) => {
    expect(
      registerOf(
        days.map((day) => answered(day)),
        YEAR,
        NOW,
      ).rows[0].medianDays,
    ).toBe(expected);
  });

  it('calls overdue what was answered after its day, or is open after it', () => {
    const overdue = (one: RegisterEntry, now = NOW): number => registerOf([one], YEAR, now).rows[0].overdue;
    expect(overdue(answered('2026-02-11'))).toBe(1);
    expect(overdue(answered('2026-02-10'))).toBe(0);
    expect(overdue(entry(), '2026-02-10T23:59:59.999Z')).toBe(0);
    expect(overdue(entry(), '2026-02-11T00:00:00.000Z')).toBe(1);
  });

  it('takes the first and the last day of the period, and none beyond', () => {
    const period = { from: '2026-01-10', until: '2026-01-10' };
    const received = (receivedAt: string): number =>
      registerOf([entry({ receivedAt })], period, NOW).rows.length;
    expect(['2026-01-10T00:00:00.000Z', '2026-01-10T23:59:59.999Z'].map(received)).toEqual([1, 1]);
    expect(['2026-01-09T23:59:59.999Z', '2026-01-11T00:00:00.000Z'].map(received)).toEqual([0, 0]);
  });

  it('leaves out whoever never showed who they are', () => {
    const state = { ...entry(), status: 'submitted', identity: 'awaited' } as unknown as RequestState;
    expect(registerEntryOf(state)).toBeUndefined();
    expect(
      registerEntryOf({ ...state, status: 'expired', identity: 'email-code' } as RequestState),
    ).toBeUndefined();
  });

  it.each([
    ['closed', 'completed'],
    ['closed-answered', 'completed'],
    ['closed-refused', 'refused'],
    ['closed-cancelled', 'cancelled'],
    ['assigned', undefined],
  ])('reads a request that is %s as %s', (status, outcome) => {
    const state = { ...entry(), status, identity: 'email-code', extendedAt: NOW } as unknown as RequestState;
    expect(registerEntryOf(state)).toMatchObject({
      kind: 'erasure',
      extended: true,
      ...(outcome && { outcome }),
    });
    expect(registerEntryOf(state)?.outcome).toBe(outcome);
  });
});
