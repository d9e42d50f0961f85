import { describe, expect, it } from '@jest/globals';
import type { JobView, Page } from '#libs/portal-contract';
import { doneOf, isMoving, withJob } from './job-news.js';

const job = (rebuildId: string, more: Partial<JobView> = {}): JobView => ({
  rebuildId,
  line: 'main',
  reason: 'unlearning',
  state: 'running',
  version: 2,
  shards: [1, 2],
  shardsDone: [],
  requests: [],
  plannedAt: '2026-01-01T00:00:00Z',
  ...more,
});
const page = (...rows: JobView[]): Page<JobView> => ({ rows, total: rows.length, page: 1, size: 2 });

describe('jobs as they go on', () => {
  it('change where they stand', () => {
    const changed = job('b', { shardsDone: [1] });
    expect(withJob(page(job('a'), job('b')), changed)?.rows).toEqual([job('a'), changed]);
  });

  it('come first when they are new, and the page stays as long as it was', () => {
    const fresh = job('c', { plannedAt: '2026-01-02T00:00:00Z' });
    expect(withJob(page(job('a'), job('b')), fresh)).toMatchObject({ rows: [fresh, job('a')], total: 3 });
  });

  it('that are new stay off pages of older ones', () => {
    const second = { ...page(job('a')), page: 2 };
    expect(withJob(second, job('c', { plannedAt: '2026-01-02T00:00:00Z' }))).toBe(second);
  });

  it('are not shown before the page is there', () => expect(withJob(undefined, job('a'))).toBeUndefined());

  it('are asked for again while one is running', () => {
    expect([
      isMoving(page(job('a'))),
      isMoving(page(job('a', { state: 'waiting' }))),
      isMoving(undefined),
    ]).toEqual([true, false, false]);
  });

  it('are done by their shards', () => {
    expect(doneOf(job('a', { shardsDone: [1] }))).toBe(0.5);
    const parts = [
      { part: 1, state: 'active', round: 5, rounds: 10 },
      { part: 2, state: 'active', round: 5, rounds: 10 },
      { part: 'aggregator', state: 'waiting' },
    ] as const;
    expect(doneOf(job('a', { shardsDone: [1], parts }))).toBe(0.75);
    expect([doneOf(job('a', { shards: [] })), doneOf(job('a', { state: 'published' }))]).toEqual([0, 1]);
  });
});
