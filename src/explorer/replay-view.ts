import { assertNever } from '#libs/essentials';
import type { ReplayView } from '#libs/portal-contract';

type ShardView = ReplayView['shards'][number];

/** What is heard of a replay that runs. */
export type ReplayNews =
  | { readonly kind: 'stage'; readonly stage: NonNullable<ReplayView['stage']> }
  | { readonly kind: 'events'; readonly events: number }
  | {
      readonly kind: 'planned';
      readonly shards: readonly { readonly shard: number; readonly certifiedDigest: string }[];
    }
  | { readonly kind: 'shard-begins'; readonly shard: number }
  | {
      readonly kind: 'shard-rebuilt';
      readonly shard: number;
      readonly replayedDigest: string;
      /** Why it is not the certified one, and from which round on. */
      readonly divergence?: { readonly code: string; readonly round?: number };
    }
  | { readonly kind: 'shards-lost'; readonly shards: readonly number[] }
  | ReplayEnd;

/** How a replay ended. */
export type ReplayEnd =
  | { readonly kind: 'verified'; readonly report: unknown }
  | {
      readonly kind: 'refused';
      /** `diverged`: something else came out; `partial`: not everything could be rebuilt; `failed`: it could not be carried through. */
      readonly as: 'diverged' | 'partial' | 'failed';
      readonly problem: NonNullable<ReplayView['problem']>;
      /** What could be checked, and what not. */
      readonly findings?: unknown;
    };

/** A replay after it was heard of. */
export function evolveReplay(view: ReplayView, news: ReplayNews, now: string): ReplayView {
  switch (news.kind) {
    case 'stage':
      return { ...view, stage: news.stage };
    case 'events':
      return { ...view, events: news.events };
    case 'planned':
      return { ...view, shards: news.shards.map((shard) => ({ ...shard, state: 'waiting' })) };
    case 'shard-begins':
      return withShards(view, [news.shard], { state: 'running' });
    case 'shard-rebuilt': {
      const { shard, replayedDigest, divergence } = news;
      const round = divergence?.round;
      return withShards(view, [shard], {
        replayedDigest,
        state: divergence === undefined ? 'matched' : 'diverged',
        ...(divergence !== undefined && { divergence: divergence.code }),
        ...(round !== undefined && { firstDivergence: round }),
      });
    }
    case 'shards-lost':
      return withShards(view, news.shards, { state: 'lost' });
    case 'verified':
      return ended(view, { state: 'matched', report: news.report, finishedAt: now });
    case 'refused': {
      const { as: state, problem, findings: report } = news;
      return ended(view, { state, problem, ...(report !== undefined && { report }), finishedAt: now });
    }
    default:
      return assertNever(news);
  }
}

export function isOver({ finishedAt }: ReplayView): boolean {
  return finishedAt !== undefined;
}

export function cancelled(view: ReplayView, finishedAt: string): ReplayView {
  return ended(view, { state: 'cancelled', finishedAt });
}

function ended(view: ReplayView, end: Partial<ReplayView>): ReplayView {
  return { ...view, ...end, stage: undefined };
}

function withShards(view: ReplayView, shards: readonly number[], change: Partial<ShardView>): ReplayView {
  return {
    ...view,
    shards: view.shards.map((one) => (shards.includes(one.shard) ? { ...one, ...change } : one)),
  };
}
