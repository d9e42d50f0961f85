import type { JobView, Page } from '#libs/portal-contract';

/** A page of jobs after one of them has changed; a new one stands first, where the newest are. */
export function withJob(before: Page<JobView> | undefined, job: JobView): Page<JobView> | undefined {
  if (before === undefined) return undefined; // the page itself is on its way, and newer
  const { rows, page, size, total } = before;
  const at = rows.findIndex(({ rebuildId }) => rebuildId === job.rebuildId);
  if (at >= 0) return { ...before, rows: rows.with(at, job) };
  const isNewest = page === 1 && (rows[0] === undefined || job.plannedAt >= rows[0].plannedAt);
  return isNewest ? { ...before, rows: [job, ...rows].slice(0, size), total: total + 1 } : before;
}

/** 0 … 1: shards that are done; a job that is over is done. */
export function doneOf({ state, shards, shardsDone }: JobView): number {
  if (state === 'published') return 1;
  return shards.length === 0 ? 0 : shardsDone.length / shards.length;
}
