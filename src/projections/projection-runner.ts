import { setImmediate } from 'node:timers/promises';
import type { EntityManager } from 'typeorm';
import { EventStoreError, type EventStore, type RecordedEvent, type Subscription } from '#libs/messaging';
import { isCodedError } from '#libs/essentials';
import { deleteAll, isPassing, type ReadModels } from '#platform/read-models';
import { traced, type AppendTraces } from '#platform/tracing';
import { backlogWindows } from './backlog.js';
import { ENTITIES } from './entities/index.js';
import { checkpointIn, moveCheckpoint, requireSameLog, wentBack } from './folded-log.js';
import type { FoldedInteractions, InteractionFold } from './interaction-fold.js';
import type { ProjectedEvent, Projection } from './projection.js';
import type { RecordChunk } from './record-chunks.js';

const BATCH = 10_000;
const EVENTS_A_TURN = 500;
const BACKLOG = 50_000;
const WINDOW = 25_000;
const GATHER = 200; // ms: a person's records of that time share a row, and all share a transaction
const START_AGAIN_AFTER = 1_000; // milliseconds

export interface ProjectionProgress {
  /** Events handled since the start. */
  readonly events: number;
  readonly position: bigint;
}

export interface RunnerOptions {
  /** Events in a batch of the subscription, at most. */
  readonly batchSize?: number;
  /** Positions by which the log is ahead when it is folded in windows first; default 50,000. */
  readonly backlog?: number;
  /** Positions in such a window, at most; default 25,000. */
  readonly windowSize?: number;
  readonly onProgress?: (progress: ProjectionProgress) => void;
  /** Of the appends after a position up to another, for whoever follows a trace. */
  readonly tracesOf?: Pick<AppendTraces, 'between'>;
}

/** Events up to a position, in order, and records that were folded elsewhere. */
interface Batch {
  readonly events: readonly RecordedEvent[];
  readonly upTo: bigint;
  readonly folded?: FoldedInteractions;
}

/** Where the records of a backlog are folded, and which projection takes them. */
export interface BacklogFolding {
  readonly fold: InteractionFold;
  readonly into: Projection & { take(chunks: readonly RecordChunk[]): void };
}

/**
 * Runs all projections with one checkpoint, stored in the transaction of the rows it speaks of: the read models are at every moment
 * the fold of the log up to one position, and a batch that is delivered again finds the checkpoint behind it. A long backlog is
 * folded in windows, whose records are opened and packed ahead; then one subscription follows the log.
 */
export class ProjectionRunner {
  private readonly byType: ReadonlyMap<string, readonly Projection[]>;
  private following: Promise<Subscription> | undefined;
  private stopping = false;
  private rebuilding: Promise<unknown> = Promise.resolve();
  private handled = 0;
  private committed = 0n;
  private scrubDue = false;
  private failed: { readonly reason: unknown } | undefined;
  private startAgain: NodeJS.Timeout | undefined;

  constructor(
    private readonly store: EventStore,
    private readonly models: ReadModels,
    private readonly projections: readonly Projection[],
    private readonly folding: BacklogFolding,
    private readonly options: RunnerOptions = {},
  ) {
    const types = [...new Set(projections.flatMap((projection) => projection.types))];
    this.byType = new Map(
      types.map((type) => [type, projections.filter((projection) => projection.types.includes(type))]),
    );
  }

  /** How far it has folded, since it began to follow. */
  get folded(): bigint {
    return this.committed;
  }

  /** Begins to follow the log from the checkpoint on; the first question does it, too. */
  async start(): Promise<void> {
    if (this.following !== undefined) return;
    this.failed = undefined;
    const following = this.follow();
    this.following = following;
    following.then(({ done }) => done).catch((error: unknown) => this.afterFailure(following, error));
  }

  /** What may pass is tried again by itself, and at once when somebody asks; everything else is told to whoever awaits caughtUp. */
  private afterFailure(failed: Promise<Subscription>, reason: unknown): void {
    if (this.stopping || this.following !== failed) return;
    this.failed = { reason };
    if (!mayPass(reason)) return;
    this.following = undefined;
    this.startAgain = setTimeout(() => void this.start(), START_AGAIN_AFTER).unref();
  }

  /** Why the log is not followed any more; undefined while it is, and before it was begun. */
  get failure(): { readonly reason: unknown } | undefined {
    return this.failed;
  }

  private async follow(): Promise<Subscription> {
    clearTimeout(this.startAgain);
    await requireSameLog(this.models, this.store);
    this.committed = await this.position();
    await this.foldBacklog();
    return this.store.subscribe({
      after: await this.position(),
      filter: { types: [...this.byType.keys()] },
      batchSize: this.options.batchSize ?? BATCH,
      gather: GATHER,
      // The last event that counts, not what was looked at besides: positions in manifests must not depend on when others came.
      handle: (events, upTo) => this.handle({ events, upTo: events.at(-1)?.position ?? upTo }),
    });
  }

  /** Folds what was in the store at the call, when that is much. @throws EventStoreError SUBSCRIPTION_STOPPED */
  private async foldBacklog(): Promise<void> {
    const { fold } = this.folding;
    const after = await this.position();
    const upTo = await this.store.head();
    if (this.store.positions === 'dense' && upTo - after <= BigInt(this.options.backlog ?? BACKLOG)) return;
    const otherTypes = [...this.byType.keys()].filter((type) => type !== 'InteractionRecorded');
    const windowSize = this.options.windowSize ?? WINDOW;
    try {
      for await (const window of backlogWindows(this.store, fold, { after, upTo, otherTypes, windowSize })) {
        if (this.stopping) throw stopped();
        await this.handle({ events: window.others, upTo: window.upTo, folded: window.folded });
      }
    } finally {
      await fold.release();
    }
  }

  /** Resolves when everything that was in the store at the call is in the read models. */
  async caughtUp(): Promise<void> {
    await this.rebuilding;
    await this.catchUp();
  }

  private async catchUp(): Promise<void> {
    for (;;) {
      await this.start();
      const { following } = this;
      try {
        await (await following)?.caughtUp();
        if ((await this.position()) >= this.committed) return;
      } catch (failure) {
        if (!isWentBack(failure)) throw failure;
      }
      await this.followAnew(following);
    }
  }

  /** The read models are of an earlier time than this process has folded to: whatever they lack follows from where they are. */
  private async followAnew(following: Promise<Subscription> | undefined): Promise<void> {
    if (following === undefined || this.following !== following) return;
    this.following = undefined;
    await (await following.catch(() => undefined))?.stop();
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
    await this.empty(); // following begins at what is left: nothing
    await this.catchUp();
    return { events: this.handled, position: await this.position() };
  }

  private empty(): Promise<void> {
    return this.models.write(async (manager) => {
      for (const entity of ENTITIES) await deleteAll(manager, entity);
    });
  }

  /** Position up to which the log is folded in. */
  position(): Promise<bigint> {
    return this.models.read(checkpointIn);
  }

  /** The oldest event that the read models lack, of those that they follow; undefined when they have all. */
  async firstLacked(): Promise<RecordedEvent | undefined> {
    const filter = { types: [...this.byType.keys()] };
    for await (const event of this.store.readAll({ from: await this.position(), filter, maxCount: 1 }))
      return event;
    return undefined;
  }

  async stop(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.startAgain);
    const subscription = await this.following?.catch(() => undefined);
    await subscription?.stop();
    this.following = undefined;
    this.stopping = false;
  }

  private handle(batch: Batch): Promise<void> {
    const { events, upTo } = batch;
    const after = events.length === 0 ? upTo : events[0].position - 1n;
    const facts = { 'lacuna.event.count': events.length, 'lacuna.event.position': upTo.toString() };
    return traced('projections.fold', facts, async (span) => {
      await this.keep(batch);
      span.addLinks(this.options.tracesOf?.between(after, upTo) ?? []);
    });
  }

  private async keep(batch: Batch): Promise<void> {
    await this.models.write((manager) => this.project(batch, manager));
    const { events, upTo, folded } = batch;
    if (upTo > this.committed) this.committed = upTo;
    await this.scrub(events);
    this.handled += events.length + (folded?.events ?? 0);
    this.options.onProgress?.({ events: this.handled, position: upTo });
  }

  /** May be called again for the same batch: what an earlier call has gathered is forgotten, what it has committed is passed over. */
  private async project({ events, upTo, folded }: Batch, manager: EntityManager): Promise<void> {
    const after = await checkpointIn(manager);
    if (after < this.committed) throw wentBack(after, this.committed); // a batch that follows on something else would leave a gap
    if (upTo <= after) return;
    for (const projection of this.projections) projection.reset();
    if (folded !== undefined) this.folding.into.take(folded.chunks);
    await this.fold(
      events.filter(({ position }) => position > after),
      manager,
    );
    for (const projection of this.projections) await projection.flush(manager);
    await moveCheckpoint(manager, upTo, events.at(-1));
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

function stopped(): EventStoreError {
  return new EventStoreError('SUBSCRIPTION_STOPPED', 'folding was stopped before it had caught up');
}

const isWentBack = (failure: unknown): boolean =>
  isCodedError(failure) && failure.code === 'READ_MODELS_WENT_BACK';

/** Failures after which following begins again by itself, besides those of the database that pass. */
const BEGINS_AGAIN: ReadonlySet<string> = new Set(['STORE_UNAVAILABLE', 'READ_MODELS_WENT_BACK']);

function mayPass(error: unknown): boolean {
  return isPassing(error) || (isCodedError(error) && BEGINS_AGAIN.has(error.code));
}
