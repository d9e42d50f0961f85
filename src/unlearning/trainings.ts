import type { ModelManifest } from '#libs/contracts';
import { shardsOf, type PublishedVersion } from '#libs/erasure';
import type { ModelLines } from './model-lines.js';
import type { RebuildProgress } from './ports.js';
import type { Rebuilds } from './rebuilds.js';

/** Trains a line on everything that may be used now. */
export class Trainings {
  constructor(
    readonly line: string,
    private readonly lines: ModelLines,
    private readonly rebuilds: Rebuilds,
    private readonly exclusively: <T>(work: () => Promise<T>) => Promise<T>,
    /** Told of every version; what waits for one can go on. */
    private readonly published: () => Promise<void>,
    private readonly onProgress: RebuildProgress,
  ) {}

  /** Builds every shard anew and publishes the version; waits for a rebuild that is under way. */
  train(): Promise<PublishedVersion> {
    return this.exclusively(async () => {
      const unfinished = await this.rebuilds.unfinished(this.line);
      if (unfinished !== undefined) await this.rebuilds.run(unfinished.rebuildId, this.onProgress);
      const { genesis } = await this.lines.get(this.line);
      const shards = shardsOf(genesis.config.partition);
      const plan = await this.rebuilds.plan({ line: this.line, reason: 'training', requests: [], shards });
      const version = await this.rebuilds.run(plan.rebuildId, this.onProgress);
      await this.published();
      return version;
    });
  }

  /** The manifest that serves; undefined before the first training. */
  async servingManifest(): Promise<ModelManifest | undefined> {
    return this.lines.servingManifest(await this.lines.get(this.line));
  }
}
