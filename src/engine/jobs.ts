import type { JobView, Page } from '#libs/portal-contract';
import type { RunningRebuilds } from './ports.js';
import type { RebuildChronicle, ToldRebuild } from './rebuild-chronicle.js';
import { secondsBetween } from './seconds-between.js';

/** Rebuilds as work that is done, under way, or left. */
export class Jobs {
  constructor(
    private readonly chronicle: RebuildChronicle,
    private readonly running: RunningRebuilds,
  ) {}

  /** Newest first. */
  async page({ page, size }: { readonly page: number; readonly size: number }): Promise<Page<JobView>> {
    const all = await this.chronicle.all();
    const end = Math.max(0, all.length - (page - 1) * size);
    const rows = all.slice(Math.max(0, end - size), end).reverse();
    return { rows: rows.map((told) => this.view(told)), total: all.length, page, size };
  }

  /** Those that are not over, oldest first. */
  async open(): Promise<JobView[]> {
    const views = (await this.chronicle.all()).map((told) => this.view(told));
    return views.filter(({ finishedAt }) => finishedAt === undefined);
  }

  /** @returns ends the watching */
  watch(watcher: (job: JobView) => void): () => void {
    return this.chronicle.watch((told) => watcher(this.view(told)));
  }

  private view(told: ToldRebuild): JobView {
    const { plan, plannedAt, shards, publishedAt, abandonedAt } = told;
    const { rebuildId, line, reason, version, requests } = plan;
    const finishedAt = publishedAt ?? abandonedAt;
    const parts = finishedAt === undefined ? this.running.partsUnderWay(rebuildId) : [];
    return {
      rebuildId,
      line,
      reason,
      state: this.stateOf(told),
      version,
      shards: plan.shards,
      shardsDone: [...shards.keys()].sort((a, b) => a - b),
      requests,
      plannedAt,
      ...(finishedAt !== undefined && { finishedAt, seconds: secondsBetween(plannedAt, finishedAt) }),
      ...(parts.length > 0 && { parts }),
    };
  }

  private stateOf({ plan, publishedAt, abandonedAt }: ToldRebuild): JobView['state'] {
    if (publishedAt !== undefined) return 'published';
    if (abandonedAt !== undefined) return 'abandoned';
    return this.running.isRunning(plan.rebuildId) ? 'running' : 'waiting';
  }
}
