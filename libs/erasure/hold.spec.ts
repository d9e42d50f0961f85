import { describe, expect, it } from '@jest/globals';
import type { HoldEvent, HoldTarget } from '#libs/contracts';
import { scenario } from '#libs/testkit';
import { evolveHold, isHeldBy, releaseHold, type HoldState } from './hold.js';

const holdId = '7f1d9b1e-0000-4000-8000-000000000009';
const placed = (target: HoldTarget): HoldEvent => ({
  type: 'LegalHoldPlaced',
  data: { holdId, target, reason: 'litigation', by: 'staff-ada', placedAt: '2026-03-02T10:00:00.000Z' },
});
const released: HoldEvent = {
  type: 'LegalHoldReleased',
  data: { holdId, by: 'staff-bob', releasedAt: '2026-03-03T10:00:00.000Z' },
};
const person = placed({ kind: 'subject', subject: 'c0ffee' });
const horror = placed({ kind: 'category', category: 'Horror' });
const stateAfter = (...events: readonly HoldEvent[]) =>
  events.reduce<HoldState | undefined>(evolveHold, undefined)!;
const given = scenario<{ by: string; now: string }, HoldState | undefined, HoldEvent>({
  initial: undefined,
  decide: (command, state) => releaseHold({ ...command, holdId }, state),
  evolve: evolveHold,
});
const release = { by: 'staff-bob', now: '2026-03-03T10:00:00.000Z' };

describe('a legal hold', () => {
  it('on a person holds that person and nobody else', () => {
    const of = (subject: string) =>
      isHeldBy({ subject, categories: new Set(['Horror']) }, stateAfter(person));
    expect([of('c0ffee'), of('decaf')]).toEqual([true, false]);
  });

  it('on a category holds whoever has records in it', () => {
    const with_ = (...categories: string[]) =>
      isHeldBy({ subject: 'decaf', categories: new Set(categories) }, stateAfter(horror));
    expect([with_('Comedy', 'Horror'), with_('Comedy'), with_()]).toEqual([true, false, false]);
  });

  it('holds nothing once it is released', () => {
    given(person).when(release).then(released);
    expect(isHeldBy({ subject: 'c0ffee', categories: new Set() }, stateAfter(person, released))).toBe(false);
  });

  it('is released once, and only where there is one', () => {
    given(person, released).when(release).thenRefused('HOLD_RELEASED_ALREADY');
    given().when(release).thenRefused('HOLD_UNKNOWN');
  });
});
