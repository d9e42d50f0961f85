import { setImmediate } from 'node:timers/promises';
import type { EntityManager } from 'typeorm';
import type { EventStore, RecordedEvent, Subscription } from '#libs/messaging';
import type { ReadModels } from '#platform/read-models';
import { CheckpointEntity, ENTITIES, positionOf, positionText } from './entities/index.js';
import type { ProjectedEvent, Projection } from './projection.js';

const NAME = 'read-models';
const BATCH = 10_000;
const EVENTS_A_TURN = 2_000;

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
  private readonly byType: ReadonlyMap<string, readonly Projection[]>;
  private subscription: Subscription | undefined;
  private started: Promise<void> | undefined;
  private rebuilding: Promise<unknown> = Promise.resolve();
  private handled = 0;
  private scrubDue = false;

  constructor(
    private readonly store: EventStore,
    private readonly models: ReadModels,
    private readonly projections: readonly Projection[],
    private readonly options: RunnerOptions = {},
  ) {
    const types = [...new Set(projections.flatMap((projection) => projection.types))];
    this.byType = new Map(
      types.map((type) => [type, projections.filter((projection) => projection.types.includes(type))]),
    );
  }

  /** Follows the log from the checkpoint on; the first question does it, too. */
  start(): Promise<void> {
    this.started ??= this.follow();
    return this.started;
  }

  private async follow(): Promise<void> {
    for (const projection of this.projections) projection.reset();
    const after = await this.position();
    this.subscription = this.store.subscribe({
      after,
      filter: { types: [...this.byType.keys()] },
      batchSize: this.options.batchSize ?? BATCH,
      handle: (events, position) => this.handle(events, position),
    });
    this.subscription.done.catch(() => {}); // told to whoever awaits caughtUp
  }

  /** Resolves when everything that was in the store at the call is in the read models. */
  async caughtUp(): Promise<void> {
    await this.rebuilding;
    await this.start();
    await this.subscription?.caughtUp();
  }

  /** Empties the read models and folds the whole log again; resolves when that is done. Whoever asks meanwhile waits for it. */
  rebuild(): Promise<ProjectionProgress> {
    const rebuilt = this.foldFromZero();
    this.rebuilding = rebuilt.catch(() => undefined);
    return rebuilt;
  }

  private async foldFromZero(): Promise<ProjectionProgress> {
    await this.stop();
    this.handled = 0;
    await this.models.write(async (manager) => {
      for (const entity of ENTITIES) await manager.clear(entity);
    });
    await this.start();
    await this.subscription?.caughtUp();
    return { events: this.handled, position: await this.position() };
  }

  /** Position up to which the log is folded in. */
  position(): Promise<bigint> {
    return this.checkpoint(this.models.reader.manager);
  }

  async stop(): Promise<void> {
    await this.started;
    await this.subscription?.stop();
    this.subscription = undefined;
    this.started = undefined;
  }

  async checkpoint(manager: EntityManager): Promise<bigint> {
    const found = await manager.findOneBy(CheckpointEntity, { name: NAME });
    return found === null ? 0n : positionOf(found.position);
  }

  private async handle(events: readonly RecordedEvent[], position: bigint): Promise<void> {
    await this.models.write(async (manager) => {
      const after = await this.checkpoint(manager);
      await this.fold(
        events.filter((event) => event.position > after),
        manager,
      );
      for (const projection of this.projections) await projection.flush(manager);
      if (position > after)
        await manager.upsert(CheckpointEntity, { name: NAME, position: positionText(position) }, ['name']);
    });
    await this.scrub(events);
    this.handled += events.length;
    this.options.onProgress?.({ events: this.handled, position });
  }

  /** Rows of erased records must not live on in the write-ahead log; a snapshot in progress puts it off to the next batch. */
  private async scrub(events: readonly RecordedEvent[]): Promise<void> {
    this.scrubDue ||= events.some(({ type }) => type === 'RecordsErased');
    if (this.scrubDue) this.scrubDue = !(await this.models.scrubLog());
  }

  private async fold(events: readonly RecordedEvent[], manager: EntityManager): Promise<void> {
    for (let at = 0; at < events.length; at++) {
      const event = events[at] as unknown as ProjectedEvent;
      for (const projection of this.byType.get(event.type) ?? []) {
        const pending = projection.apply(event, manager);
        if (pending !== undefined) await pending; // a million awaits of nothing would cost more than the work
      }
      if (at % EVENTS_A_TURN === EVENTS_A_TURN - 1) await setImmediate(); // others of this process get their turn
    }
  }
}
