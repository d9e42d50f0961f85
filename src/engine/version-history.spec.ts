import { describe, expect, it } from '@jest/globals';
import type { VersionView } from '#libs/portal-contract';
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
