import type { ModelConfig, ModelManifest } from '#libs/contracts';
import { shardsOf, type PublishedVersion } from '#libs/erasure';
import type { ModelLines } from './model-lines.js';
import type { People, RebuildProgress } from './ports.js';
import type { Rebuilds } from './rebuilds.js';
import { UnlearningError } from './unlearning-error.js';

/** Trains a line on everything that may be used now. */
export class Trainings {
  constructor(
    readonly line: string,
    private readonly lines: ModelLines,
    private readonly rebuilds: Rebuilds,
    private readonly people: People,
    private readonly exclusively: <T>(work: () => Promise<T>) => Promise<T>,
    /** Told of every version; what waits for one can go on. */
    private readonly published: () => Promise<void>,
    private readonly onProgress: RebuildProgress,
  ) {}

  /**
   * Builds every shard anew and publishes the version; waits for a rebuild that is under way.
   * @throws UnlearningError CATALOGUE_EMPTY, SHARDS_MORE_THAN_PEOPLE before any training starts; and as Rebuilds does
   */
  train(): Promise<PublishedVersion> {
    return this.exclusively(async () => {
      const leftover = await this.rebuilds.leftover(this.line);
      if (leftover !== undefined) await this.rebuilds.run(leftover.rebuildId, this.onProgress);
      const { genesis } = await this.lines.get(this.line);
      await this.requirePeople(genesis.config);
      const shards = shardsOf(genesis.config.partition);
      const plan = await this.rebuilds.plan({ line: this.line, reason: 'training', requests: [], shards });
      const version = await this.rebuilds.run(plan.rebuildId, this.onProgress);
      await this.published();
      return version;
    });
  }

  /** More shards than people leave some without anybody. An erasure may do that to a line; a training is not begun so. */
  private async requirePeople({ partition: { kind, shards }, purpose }: ModelConfig): Promise<void> {
    const people = await this.people.countConsented(purpose);
    if (kind === 'by-record' || shards <= people) return;
    throw new UnlearningError(
      'SHARDS_MORE_THAN_PEOPLE',
      'the line has more shards than people have consented',
      {
        facts: { line: this.line, shards, people },
        nextStep:
          'Import data first, or start a line with fewer shards: `lacuna lines start NAME --shards N`.',
      },
    );
  }

  /** The manifest that serves; undefined before the first training. */
  async servingManifest(): Promise<ModelManifest | undefined> {
    return this.lines.servingManifest(await this.lines.get(this.line));
  }
}
