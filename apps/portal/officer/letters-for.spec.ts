import { describe, expect, it } from '@jest/globals';
import { confirmationOf } from './action-words.js';
import { lettersFor } from './letters-for.js';

const clock = { receivedAt: '', dueAt: '', light: 'green' as const, daysLeft: 9, extended: false };

describe('the letters that are offered', () => {
  it('confirm the receipt, whatever happens', () =>
    expect(lettersFor({ phase: 'in-review', clock })).toEqual(['received']));
  it('never say that something is completed before it is', () =>
    expect(lettersFor({ phase: 'in-progress', clock: { ...clock, extended: true } })).toEqual([
      'received',
      'extended',
    ]));
  it('name a refusal also where only a part was refused', () =>
    expect(
      lettersFor({
        phase: 'completed',
        clock,
        refused: [{ category: 'Drama', ground: 'art-17-3-e-legal-claims' }],
      }),
    ).toEqual(['received', 'refused', 'completed']));
});

describe('what is typed to approve', () => {
  const requestId = '7f1d9b1e-0000-4000-8000-000000000001';
  it('names the very erasure', () =>
    expect(confirmationOf({ kind: 'erasure', requestId })).toBe('ERASE 7f1d9b1e'));
  it('is nothing where nothing is destroyed', () =>
    expect(confirmationOf({ kind: 'rectification', requestId })).toBeUndefined());
});
