import { describe, expect, it } from '@jest/globals';
import type { ShardView } from '#libs/portal-contract';
import { heatOf, HEAT_STEPS } from './heat.js';

const shard = (records: number, lastRebuiltVersion = 1, quarantined = 0): ShardView => ({
  shard: 0,
  records,
  digest: 'ab',
  datasetRoot: 'cd',
  lastRebuiltVersion,
  lastRebuiltAt: '2026-01-01T00:00:00Z',
  quarantined,
});

describe('the heat of shards', () => {
  it('runs from the smallest to the largest', () =>
    expect(heatOf([shard(100), shard(300), shard(200)], 'records')).toEqual([1, HEAT_STEPS, 3]));

  it('is the same where all are alike', () =>
    expect(heatOf([shard(5), shard(5)], 'records')).toEqual([3, 3]));

  it('follows the version in which a shard was last rebuilt', () =>
    expect(heatOf([shard(1, 1), shard(1, 9)], 'rebuilt')).toEqual([1, HEAT_STEPS]));

  it('shows one quarantined record, and nothing where there is none', () =>
    expect(heatOf([shard(1, 1, 0), shard(1, 1, 1), shard(1, 1, 400)], 'quarantined')).toEqual([
      0,
      1,
      HEAT_STEPS,
    ]));

  it('of no shards is none', () => expect(heatOf([], 'records')).toEqual([]));
});
