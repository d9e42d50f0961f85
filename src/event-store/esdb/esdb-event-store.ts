import {
  EventStoreError,
  type AppendOptions,
  type AppendResult,
  type EventFilter,
  type EventStore,
  type NewEvent,
  type ReadAllOptions,
  type ReadStreamOptions,
  type RecordedEvent,
  type StreamAppend,
  type Subscription,
  type SubscriptionOptions,
} from '#libs/messaging';
import { refuseTombstoned } from '../append-decision.js';
import { CatchUpSubscription } from '../catch-up-subscription.js';
import type { PageSource } from '../paging.js';
import type { SqliteEventStore } from '../sqlite-event-store.js';
import { CarriedPositions } from './carried-positions.js';
import { carryEvents } from './carry-events.js';
import { parseEsdbAddress } from './esdb-address.js';
import { EsdbAppender } from './esdb-appender.js';
import { EsdbClient } from './esdb-client.js';
import { EsdbReader } from './esdb-reader.js';
import { EsdbSession, type EsdbTiming } from './esdb-session.js';
import { EsdbWriter } from './esdb-writer.js';
import { HeadWatch } from './head-watch.js';
import { KeyedLock } from './keyed-lock.js';
import { opened } from './opened.js';
import { isInternal, TOMBSTONES } from './own-events.js';
import { Ownership } from './ownership.js';
import { StreamMemory } from './stream-memory.js';
import { TombstoneRegister } from './tombstone-register.js';

interface OwnStreams {
  readonly tombstones: TombstoneRegister;
  readonly carried: CarriedPositions;
  readonly ownership: Ownership;
}

/**
 * The event store on EventStoreDB or KurrentDB, a node or a cluster. What it does to keep the port's promises stands in
 * docs/design/event-store.md.
 *
 * @example
 * const events = await EsdbEventStore.open('esdb://node1:2113,node2:2113,node3:2113?tlsCAFile=ca.crt');
 */
export class EsdbEventStore implements EventStore {
  readonly positions = 'sparse';
  private readonly memory: StreamMemory;
  private readonly appender: EsdbAppender;
  private readonly reader: EsdbReader;
  private readonly locks = new KeyedLock();
  private readonly subscriptions = new Set<CatchUpSubscription>();
  private watch: HeadWatch | undefined;

  private constructor(
    private readonly session: EsdbSession,
    private readonly own: OwnStreams,
  ) {
    this.memory = new StreamMemory(session);
    this.appender = new EsdbAppender(session, this.memory);
    this.reader = new EsdbReader(session, own.tombstones, own.carried, this.memory);
  }

  /**
   * @param address a connection string, `esdb://` or `kurrentdb://`
   * @throws EventStoreError STORE_ADDRESS_MALFORMED, STORE_UNAVAILABLE, STORE_TLS_MISMATCH, STORE_ACCESS_DENIED, STORE_NOT_LEADER,
   * STORE_VERSION_TOO_OLD
   */
  static async open(address: string, timing: EsdbTiming = {}): Promise<EsdbEventStore> {
    const parsed = parseEsdbAddress(address);
    const session = new EsdbSession(() => EsdbClient.of(parsed), timing);
    return opened(session, parsed, async () => {
      const own = {
        tombstones: new TombstoneRegister(session),
        carried: new CarriedPositions(session),
        ownership: new Ownership(session),
      };
      for (const stream of Object.values(own)) await stream.open();
      return new EsdbEventStore(session, own);
    });
  }

  async append(
    stream: string,
    events: readonly NewEvent[],
    options: AppendOptions = {},
  ): Promise<AppendResult> {
    const [result] = await this.appendBatch([{ ...options, stream, events }]);
    return result;
  }

  async appendBatch(appends: readonly StreamAppend[]): Promise<readonly AppendResult[]> {
    this.session.refuseClosed();
    const streams = appends.map(({ stream }) => stream);
    const results = await this.locks.with(streams, () => {
      for (const stream of streams) this.refuseTombstoned(stream);
      return this.appender.append(appends);
    });
    for (const { position } of results) this.reader.knows(position);
    this.wake();
    return results;
  }

  readStream(stream: string, options: ReadStreamOptions = {}): AsyncIterable<RecordedEvent> {
    return this.reader.stream(stream, options);
  }

  readAll(options: ReadAllOptions = {}): AsyncIterable<RecordedEvent> {
    return this.reader.all(options);
  }

  subscribe(options: SubscriptionOptions): Subscription {
    const subscription = new CatchUpSubscription(this.pages, options, (ended) =>
      this.subscriptions.delete(ended),
    );
    this.subscriptions.add(subscription);
    this.watch ??= new HeadWatch(this.session, () => this.wake());
    return subscription;
  }

  async tombstone(stream: string, options: AppendOptions = {}): Promise<void> {
    this.session.refuseClosed();
    await this.locks.with([TOMBSTONES, stream], async () => {
      if (this.own.tombstones.has(stream)) return;
      this.memory.forget(stream);
      await this.own.tombstones.tombstone(stream, options, (name) => this.reader.endOf(name));
    });
  }

  async streamState(stream: string): Promise<'missing' | 'live' | 'tombstoned'> {
    this.session.refuseClosed();
    if (this.own.tombstones.has(stream)) return 'tombstoned';
    return (await this.reader.endOf(stream)).state;
  }

  async head(): Promise<bigint> {
    return this.reader.head();
  }

  async close(): Promise<void> {
    const stopping = [...this.subscriptions].map((subscription) => subscription.stop());
    await this.session.close();
    await Promise.all([...stopping, this.watch?.ended()]);
  }

  /** Whose the store is; undefined: nobody's yet. */
  get owner(): string | undefined {
    return this.own.ownership.owner;
  }

  /** Makes the store an installation's, unless it is somebody's. @returns whose it is now */
  claim(installation: string): Promise<string> {
    return this.own.ownership.claim(installation);
  }

  /** How far a log was carried over from a file. */
  get carrying(): 'none' | 'begun' | 'done' {
    return this.own.carried.state;
  }

  /**
   * Takes over the log of a file: events under their ids, positions and times, and which streams were tombstoned. Goes on where it broke off;
   * nobody else may append meanwhile.
   */
  async carryOver(from: SqliteEventStore, onProgress: (carried: number) => void): Promise<void> {
    if (this.carrying === 'done') return;
    const head = await from.head();
    const events = from.readAll({ from: await this.reader.head() });
    await carryEvents(events, new EsdbWriter(this.session), this.own.carried, onProgress);
    for (const stream of from.tombstonedStreams()) await this.tombstone(stream);
    await this.own.carried.finish(head);
  }

  private readonly pages: PageSource = {
    pageAfter: (position: bigint, filter: EventFilter | undefined, limit: number, stopping: AbortSignal) =>
      this.reader.pageAfter(position, filter, limit, stopping),
    headPosition: () => this.reader.head(),
  };

  private wake(): void {
    for (const subscription of this.subscriptions) subscription.wake();
  }

  private refuseTombstoned(stream: string): void {
    if (this.own.tombstones.has(stream)) refuseTombstoned(stream, { state: 'tombstoned', revision: -1 });
    if (isInternal(stream))
      throw new EventStoreError(
        'STORE_ACCESS_DENIED',
        'streams of the event store itself are not written to',
        {
          facts: { stream },
          nextStep: 'name the stream otherwise',
        },
      );
  }
}
