import type {
  AppendOptions,
  AppendResult,
  EventStore,
  NewEvent,
  ReadAllOptions,
  ReadStreamOptions,
  RecordedEvent,
  StreamAppend,
  Subscription,
  SubscriptionOptions,
} from '#libs/messaging';
import { GroupCommit } from '#platform/group-commit';
import { Checkpointing, closeSqlite, openSqlite, type SqliteDatabase } from '#platform/sqlite';
import { checkRevision, refuseTombstoned } from './append-decision.js';
import { CatchUpSubscription } from './catch-up-subscription.js';
import { eventsOf, type PageSource } from './paging.js';
import { SqliteEventReader } from './sqlite-event-reader.js';
import { SqliteEventWriter } from './sqlite-event-writer.js';
import { ensureSchema } from './sqlite-schema.js';
import { closedError, guarded } from './store-errors.js';

export interface SqliteEventStoreOptions {
  /** ISO 8601; stamps the events. Default: the system's clock. */
  readonly now?: () => string;
  /** Never writes: for a copy at rest, or for a second connection to a file that somebody writes; sees what is committed. */
  readonly readOnly?: boolean;
  /** The file never grows past this; an append that needs more is refused with STORE_FULL. */
  readonly maxBytes?: number;
}

const PAGE = 1_000;
const APPENDS_TOGETHER = 1_000;

/** Appends that are durable together or not at all, and the time that stamps them. */
interface Waiting {
  readonly appends: readonly StreamAppend[];
  readonly recordedAt: number;
}

/** Gives what became of them, or throws why they were refused. */
type Outcome = () => readonly AppendResult[];

/**
 * The event store in one SQLite file. One process writes; a commit is on disk when the promise resolves. Appends that come in one turn of
 * the event loop share a commit, for its cost is the wait for the disk; each is taken or refused for itself.
 *
 * @example
 * const events = SqliteEventStore.open('lacuna-data/events.db');
 * await events.append('catalogue-42', [{ id, type: 'ItemCatalogued', data }], { expectedRevision: 'no-stream' });
 */
export class SqliteEventStore implements EventStore {
  readonly positions = 'dense';
  private readonly reader: SqliteEventReader;
  private readonly writer: SqliteEventWriter;
  private readonly checkpointing: Checkpointing;
  private readonly subscriptions = new Set<CatchUpSubscription>();
  private readonly commits = new GroupCommit<Waiting, Outcome>((waiting) => this.commit(waiting), {
    maxItems: APPENDS_TOGETHER,
    delay: 0,
  });
  private closed = false;

  private constructor(
    private readonly database: SqliteDatabase,
    private readonly now: () => string,
  ) {
    this.reader = new SqliteEventReader(database);
    this.writer = new SqliteEventWriter(database);
    this.checkpointing = new Checkpointing(database);
  }

  /** @throws EventStoreError STORE_UNAVAILABLE, STORE_DAMAGED, STORE_VERSION_UNKNOWN */
  static open(file: string, options: SqliteEventStoreOptions = {}): SqliteEventStore {
    return guarded(() => {
      const database = openSqlite(file, options);
      try {
        ensureSchema(database);
        return new SqliteEventStore(database, options.now ?? (() => new Date().toISOString()));
      } catch (error) {
        database.close();
        throw error;
      }
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
    if (this.closed) throw closedError();
    const outcome = await this.commits.add({ appends, recordedAt: Date.parse(this.now()) });
    return outcome();
  }

  readStream(stream: string, options: ReadStreamOptions = {}): AsyncIterable<RecordedEvent> {
    const { direction = 'forwards', maxCount = Infinity } = options;
    const step = direction === 'forwards' ? 1 : -1;
    let from = options.fromRevision ?? (direction === 'forwards' ? 0 : Number.MAX_SAFE_INTEGER);
    let left = maxCount;
    return eventsOf(() => {
      const page = this.read(() => {
        const row = this.writer.stream(stream);
        refuseTombstoned(stream, row);
        return this.reader.stream(row.number, direction, from, Math.min(left, PAGE));
      });
      left -= page.length;
      from = (page.at(-1)?.revision ?? from) + step;
      return page;
    });
  }

  readAll(options: ReadAllOptions = {}): AsyncIterable<RecordedEvent> {
    const { direction = 'forwards', upTo, filter, maxCount = Infinity } = options;
    let head: number | undefined;
    let from = options.from === undefined ? undefined : Number(options.from);
    let left = maxCount;
    return eventsOf(() => {
      const page = this.read(() => {
        head ??= Math.min(this.writer.head(), Number(upTo ?? Infinity));
        from ??= direction === 'forwards' ? 0 : head + 1;
        return this.reader.all(direction, from, head, filter, Math.min(left, PAGE));
      });
      left -= page.length;
      from = Number(page.at(-1)?.position ?? from);
      return page;
    });
  }

  subscribe(options: SubscriptionOptions): Subscription {
    const subscription = new CatchUpSubscription(this.pages, options, (ended) =>
      this.subscriptions.delete(ended),
    );
    this.subscriptions.add(subscription);
    return subscription;
  }

  async tombstone(stream: string, options: AppendOptions = {}): Promise<void> {
    this.write(() => {
      const row = this.writer.stream(stream);
      if (row.state === 'tombstoned') return;
      checkRevision(stream, row, options.expectedRevision);
      this.writer.tombstone(stream, row);
    });
    await this.checkpointing.truncate();
  }

  async streamState(stream: string): Promise<'missing' | 'live' | 'tombstoned'> {
    return this.read(() => this.writer.stream(stream).state);
  }

  /** Names of the streams that were deleted for good. */
  tombstonedStreams(): string[] {
    return this.read(
      () =>
        this.database
          .prepare('SELECT name FROM streams WHERE tombstoned = 1 ORDER BY id')
          .pluck()
          .all() as string[],
    );
  }

  async head(): Promise<bigint> {
    return this.pages.headPosition();
  }

  /** Writes a consistent copy: one plain file without what was deleted. The file must not exist yet. */
  async exportTo(file: string): Promise<void> {
    this.read(() => this.database.prepare('VACUUM INTO ?').run(file));
  }

  async close(): Promise<void> {
    await this.commits.idle();
    this.closed = true;
    await Promise.all([...this.subscriptions].map((subscription) => subscription.stop()));
    await this.checkpointing.close();
    closeSqlite(this.database);
  }

  private readonly pages: PageSource = {
    pageAfter: (position, filter, limit) =>
      this.read(() => {
        const head = this.writer.head();
        // One more than asked for tells whether this page is the last: then everything up to the head has been looked at.
        const events = this.reader.all('forwards', Number(position), head, filter, limit + 1);
        if (events.length <= limit) return { events, position: BigInt(head) };
        events.pop();
        return { events, position: events[limit - 1].position };
      }),
    headPosition: () => this.read(() => BigInt(this.writer.head())),
  };

  private async commit(waiting: readonly Waiting[]): Promise<Outcome[]> {
    await this.checkpointing.room();
    const outcomes = this.commitTogether(waiting) ?? waiting.map((one) => this.commitAlone(one));
    this.checkpointing.committed();
    for (const subscription of this.subscriptions) subscription.wake();
    return outcomes;
  }

  /** Undefined, with nothing written, where one of them fails: then each has to answer for itself. */
  private commitTogether(waiting: readonly Waiting[]): Outcome[] | undefined {
    if (waiting.length === 1) return undefined;
    try {
      return this.write(() =>
        waiting.map((one) => {
          const results = this.writeAppends(one);
          return () => results;
        }),
      );
    } catch {
      return undefined;
    }
  }

  private commitAlone(waiting: Waiting): Outcome {
    try {
      const results = this.write(() => this.writeAppends(waiting));
      return () => results;
    } catch (error) {
      return () => {
        throw error;
      };
    }
  }

  private writeAppends({ appends, recordedAt }: Waiting): AppendResult[] {
    return appends.map((append) => this.writer.append(append, recordedAt));
  }

  private read<T>(run: () => T): T {
    if (this.closed) throw closedError();
    return guarded(run);
  }

  private write<T>(run: () => T): T {
    return this.read(() => {
      try {
        return this.database.transaction(run).immediate();
      } catch (error) {
        this.writer.forget();
        throw error;
      }
    });
  }
}
