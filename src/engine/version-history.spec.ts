import { describe, expect, it } from '@jest/globals';
import type { VersionView } from '#libs/portal-contract';
import { secondsAhead } from './seconds-ahead.js';
import { usualSeconds } from './version-history.js';

const version = (shardsRebuilt: number, seconds?: number, reason: VersionView['reason'] = 'unlearning') =>
  ({ shardsRebuilt, reason, ...(seconds !== undefined && { seconds }) }) as VersionView;

describe('how long an unlearning usually takes', () => {
  it('is the median of those that rebuilt as many shards', () =>
    expect(usualSeconds([version(1, 9), version(2, 50), version(1, 2), version(1, 4)], 1)).toBe(4));

  it('leaves trainings out, and versions of which no time is known', () =>
    expect(usualSeconds([version(1, 90, 'training'), version(1), version(1, 3)], 1)).toBe(3));

  it('is not made up where it never happened', () =>
    expect(usualSeconds([version(1, 9)], 8)).toBeUndefined());
});

describe('how long it takes until an unlearning begins', () => {
  const at = (seconds: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds)).toISOString();
  const open = (shards: number[], plannedAt: string, reason: VersionView['reason'] = 'unlearning') => ({
    shards,
    plannedAt,
    reason,
  });
  const versions = [version(1, 10), version(4, 100, 'training')];

  it('is what usually is left of the rebuilds before it, one after the other', () =>
    expect(secondsAhead([open([7], at(26)), open([0, 1, 2, 3], at(10), 'training')], versions, at(30))).toBe(
      6 + 80,
    ));

  it('counts nothing for what is late, and for what was never seen', () =>
    expect(secondsAhead([open([7], at(0)), open([1, 2], at(29))], versions, at(30))).toBe(0));
});
