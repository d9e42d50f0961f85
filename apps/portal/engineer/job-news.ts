import type { JobPart, JobView, Page } from '#libs/portal-contract';

/** A page of jobs after one of them has changed; a new one stands first, where the newest are. */
export function withJob(before: Page<JobView> | undefined, job: JobView): Page<JobView> | undefined {
  if (before === undefined) return undefined; // the page itself is on its way, and newer
  const { rows, page, size, total } = before;
  const at = rows.findIndex(({ rebuildId }) => rebuildId === job.rebuildId);
  if (at >= 0) return { ...before, rows: rows.with(at, job) };
  const isNewest = page === 1 && (rows[0] === undefined || job.plannedAt >= rows[0].plannedAt);
  return isNewest ? { ...before, rows: [job, ...rows].slice(0, size), total: total + 1 } : before;
}

/** 0 … 1: shards that are done, and what is done of those that are being made; a job that is over is done. */
export function doneOf({ state, shards, shardsDone, parts = [] }: JobView): number {
  if (state === 'published') return 1;
  if (shards.length === 0) return 0;
  const begun = parts.filter(({ part }) => part !== 'aggregator' && !shardsDone.includes(part)).map(shareOf);
  return Math.min(1, begun.reduce((sum, share) => sum + share, shardsDone.length) / shards.length);
}

/** 0 … 1 of a part's rounds. */
export function shareOf({ round = 0, rounds = 0 }: JobPart): number {
  return rounds === 0 ? 0 : Math.min(1, round / rounds);
}

/** Whether the page is to be asked for again: what is under way moves on without an event. */
export function isMoving(page: Page<JobView> | undefined): boolean {
  return page?.rows.some(({ state }) => state === 'running') ?? false;
}
