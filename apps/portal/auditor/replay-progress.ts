import type { ReplayView } from '#libs/portal-contract';

export interface ReplayProgress {
  readonly isOver: boolean;
  readonly done: number;
  readonly of: number;
  /** The shard that shows where the replay first went another way: the lowest that diverged. */
  readonly firstDivergence?: ReplayView['shards'][number];
}

/** How far a replay is, by its shards. */
export function progressOf({
  finishedAt,
  shards,
}: Pick<ReplayView, 'finishedAt' | 'shards'>): ReplayProgress {
  const diverged = [...shards].sort((a, b) => a.shard - b.shard).find(({ state }) => state === 'diverged');
  return {
    isOver: finishedAt !== undefined,
    done: shards.filter(({ state }) => state !== 'waiting' && state !== 'running').length,
    of: shards.length,
    ...(diverged !== undefined && { firstDivergence: diverged }),
  };
}
