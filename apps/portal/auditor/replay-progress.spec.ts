import { describe, expect, it } from '@jest/globals';
import { progressOf } from './replay-progress.js';

const shard = (number: number, state: 'waiting' | 'running' | 'matched' | 'diverged' | 'lost') => ({
  shard: number,
  state,
  certifiedDigest: 'ab',
});

describe('the progress of a replay', () => {
  it('counts the shards about which something is known', () =>
    expect(
      progressOf({
        shards: [shard(0, 'matched'), shard(1, 'running'), shard(2, 'waiting'), shard(3, 'lost')],
      }),
    ).toEqual({ isOver: false, done: 2, of: 4 }));

  it('names the first shard that went another way', () => {
    const shards = [shard(5, 'diverged'), shard(2, 'diverged'), shard(0, 'matched')];
    expect(progressOf({ shards, finishedAt: '2026-01-01T00:00:00Z' })).toMatchObject({
      isOver: true,
      firstDivergence: { shard: 2 },
    });
  });

  it('is nothing before it is known which shards there are', () =>
    expect(progressOf({ shards: [] })).toEqual({ isOver: false, done: 0, of: 0 }));
});
