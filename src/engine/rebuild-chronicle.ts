import type { LacunaEvent, RebuildEvent, SliceWork } from '#libs/contracts';
import type { RebuildPlan } from '#libs/erasure';
import { streamNames, type EventStore, type RecordedEvent, type Subscription } from '#libs/messaging';

/** A shard that a rebuild has made, as far as it is told about. */
export interface MadeShard {
  readonly count: number;
  readonly work?: SliceWork;
}

/** What became of a rebuild, and when it was recorded; ISO 8601. */
export interface ToldRebuild {
  readonly plan: RebuildPlan;
  readonly plannedAt: string;
  readonly shards: ReadonlyMap<number, MadeShard>;
  readonly publishedAt?: string;
  readonly abandonedAt?: string;
}

type Told = { -readonly [Field in keyof Omit<ToldRebuild, 'shards'>]: ToldRebuild[Field] } & {
  shards: Map<number, MadeShard>;
};

const { rebuild, model } = streamNames.prefixes;
const TYPES = [
  'RebuildPlanned',
  'ShardRebuilt',
  'RebuildAbandoned',
  'ModelPublished',
] as const satisfies readonly LacunaEvent['type'][];

/**
 * All rebuilds as their events tell them, kept in memory: some thousands of small things. It begins to follow the log with the first
 * question, and tells whoever watches of every change.
 */
export class RebuildChronicle {
  private readonly rebuilds = new Map<string, Told>();
  private readonly watchers = new Set<(rebuild: ToldRebuild) => void>();
  private subscription: Subscription | undefined;

  constructor(private readonly store: Pick<EventStore, 'subscribe'>) {}

  /** Oldest first; everything that was appended before the question is in it. */
  async all(): Promise<readonly ToldRebuild[]> {
    await this.caughtUp();
    return [...this.rebuilds.values()];
  }

  /** @returns ends the watching */
  watch(watcher: (rebuild: ToldRebuild) => void): () => void {
    this.watchers.add(watcher);
    return () => void this.watchers.delete(watcher);
  }

  async stop(): Promise<void> {
    await this.subscription?.stop();
  }

  private caughtUp(): Promise<void> {
    this.subscription ??= this.follow();
    return this.subscription.caughtUp();
  }

  private follow(): Subscription {
    const subscription = this.store.subscribe({
      filter: { types: TYPES, streamPrefixes: [rebuild, model] },
      handle: async (events) => events.forEach((event) => this.apply(event)),
    });
    subscription.done.catch(() => {}); // told to whoever asks
    return subscription;
  }

  private apply(recorded: RecordedEvent): void {
    const event = recorded as unknown as LacunaEvent;
    const { recordedAt } = recorded;
    if (event.type === 'RebuildPlanned')
      this.rebuilds.set(event.data.rebuildId, { plan: event.data, plannedAt: recordedAt, shards: new Map() });
    const told = this.rebuilds.get((event as RebuildEvent).data.rebuildId);
    if (told === undefined) return;
    if (event.type === 'ShardRebuilt') {
      const { shard, count, work } = event.data;
      told.shards.set(shard, { count, work });
    }
    if (event.type === 'RebuildAbandoned') told.abandonedAt = recordedAt;
    if (event.type === 'ModelPublished') told.publishedAt = recordedAt;
    for (const watcher of this.watchers) watcher(told);
  }
}
