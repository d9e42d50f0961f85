import { describe, expect, it } from '@jest/globals';
import type { VersionView } from '#libs/portal-contract';
import { pointsOf, servingVersion, unlearningCost } from './version-cost.js';

const version = (number: number, more: Partial<VersionView> = {}): VersionView => ({
  version: number,
  reason: 'unlearning',
  publishedAt: '2026-01-01T00:00:00Z',
  manifestDigest: 'ab',
  ledgerIndex: number,
  records: 1000,
  shardsRebuilt: 1,
  ofShards: 8,
  requests: [`r${number}`],
  ...more,
});

const versions = [
  version(1, { reason: 'training', seconds: 40, shareOfRetraining: 1, requests: [], revokedAt: 'x' }),
  version(2, { seconds: 9, shareOfRetraining: 0.1, revokedAt: 'x' }),
  version(3, { seconds: 3, shareOfRetraining: 0.3, requests: ['r2', 'r3'] }),
];

describe('what unlearning has cost', () => {
  it('leaves trainings out, and counts a request once', () =>
    expect(unlearningCost(versions)).toEqual({ versions: 2, requests: 2, medianSeconds: 3, share: 0.2 }));

  it('makes nothing up where nothing is known', () =>
    expect(unlearningCost([version(1)])).toEqual({ versions: 1, requests: 1 }));

  it('has a point for each version, of what is known of it', () =>
    expect(pointsOf([versions[1], version(4)])).toEqual([
      { version: 2, seconds: 9, share: 0.1 },
      { version: 4 },
    ]));
});

describe('the version that serves', () => {
  it('is the last one that is not revoked', () => {
    expect(servingVersion(versions)).toBe(3);
    expect(servingVersion(versions.slice(0, 2))).toBeUndefined();
  });
});
