import type { EntityManager } from 'typeorm';
import type { EventStore, RecordedEvent, Subscription } from '#libs/messaging';
import type { ReadModels } from '#platform/read-models';
import { CheckpointEntity, ENTITIES, positionOf, positionText } from './entities/index.js';
import type { ProjectedEvent, Projection } from './projection.js';

const NAME = 'read-models';
const BATCH = 5_000;

export interface ProjectionProgress {
  /** Events handled since the start. */
  readonly events: number;
  readonly position: bigint;
}

export interface RunnerOptions {
  readonly batchSize?: number;
  readonly onProgress?: (progress: ProjectionProgress) => void;
}

/**
 * Runs all projections as one subscription with one checkpoint, stored in the transaction of the rows it speaks of: the read models
 * are at every moment the fold of the log up to one position, and a batch that is delivered again finds the checkpoint behind it.
 */
export class ProjectionRunner {
  private subscription: Subscription | undefined;
  private handled = 0;

  constructor(
    private readonly store: EventStore,
    private readonly models: ReadModels,
    private readonly projections: readonly Projection[],
    private readonly options: RunnerOptions = {},
  ) {}

  /** Goes on from the checkpoint. */
  async start(): Promise<void> {
    const after = await this.position();
    this.subscription = this.store.subscribe({
      after,
      filter: { types: [...new Set(this.projections.flatMap(({ types }) => types))] },
      batchSize: this.options.batchSize ?? BATCH,
      handle: (events, position) => this.handle(events, position),
    });
    this.subscription.done.catch(() => {}); // told to whoever awaits caughtUp
  }

  /** Resolves when everything that was in the store at the call is in the read models. */
  async caughtUp(): Promise<void> {
    await this.subscription?.caughtUp();
  }

  /** Empties the read models and folds the whole log again; resolves when that is done. */
  async rebuild(): Promise<ProjectionProgress> {
    await this.stop();
    this.handled = 0;
    await this.models.write(async (manager) => {
      for (const entity of ENTITIES) await manager.clear(entity);
    });
    await this.start();
    await this.caughtUp();
    return { events: this.handled, position: await this.position() };
  }

  /** Position up to which the log is folded in. */
  position(): Promise<bigint> {
    return this.checkpoint(this.models.reader.manager);
  }

  async stop(): Promise<void> {
    await this.subscription?.stop();
    this.subscription = undefined;
  }

  async checkpoint(manager: EntityManager): Promise<bigint> {
    const found = await manager.findOneBy(CheckpointEntity, { name: NAME });
    return found === null ? 0n : positionOf(found.position);
  }

  private async handle(events: readonly RecordedEvent[], position: bigint): Promise<void> {
    await this.models.write(async (manager) => {
      const after = await this.checkpoint(manager);
      for (const event of events)
        if (event.position > after) await this.apply(event as unknown as ProjectedEvent, manager);
      for (const projection of this.projections) await projection.flush(manager);
      if (position > after)
        await manager.upsert(CheckpointEntity, { name: NAME, position: positionText(position) }, ['name']);
    });
    this.handled += events.length;
    this.options.onProgress?.({ events: this.handled, position });
  }

  private async apply(event: ProjectedEvent, manager: EntityManager): Promise<void> {
    for (const projection of this.projections)
      if (projection.types.includes(event.type)) {
        const pending = projection.apply(event, manager);
        if (pending !== undefined) await pending; // a million awaits of nothing would cost more than the work
      }
  }
}
