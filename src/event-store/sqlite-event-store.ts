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
import { closeSqlite, openSqlite, type SqliteDatabase } from '#platform/sqlite';
import { refuseTombstoned } from './append-decision.js';
import type { Appender, Commit, Entry, Outcome } from './appender.js';
import { AppenderThread } from './appender-thread.js';
import { CatchUpSubscription, type Growth } from './catch-up-subscription.js';
import { encodeAppend } from './event-codec.js';
import { eventsOf, type PageSource } from './paging.js';
import { SqliteAppender } from './sqlite-appender.js';
import { SqliteEventReader } from './sqlite-event-reader.js';
import { ensureSchema } from './sqlite-schema.js';
import { closedError, guarded } from './store-errors.js';
import { StoredLog } from './stored-log.js';

export interface SqliteEventStoreOptions {
  /** ISO 8601; stamps the events. Default: the system's clock. */
  readonly now?: () => string;
  /** Never writes: for a copy at rest, or for a second connection to a file that somebody writes; sees what is committed. */
  readonly readOnly?: boolean;
  /** The file never grows past this; an append that needs more is refused with STORE_FULL. */
  readonly maxBytes?: number;
  /** After so many appended events a thread goes on with writing, so that nobody else of the process waits for the disk. Default: never. */
  readonly eventsBeforeThread?: number;
}

const PAGE = 1_000;
const APPENDS_TOGETHER = 1_000;

/**
 * The event store in one SQLite file. One process writes; a commit is on disk when the promise resolves. Appends that come in one turn of
 * the event loop share a commit, for its cost is the wait for the disk; each is taken or refused for itself. Whoever appends much has it
 * written in a thread of its own, with a connection of its own; this one then only reads.
 *
 * @example
 * const events = SqliteEventStore.open('lacuna-data/events.db');
 * await events.append('catalogue-42', [{ id, type: 'ItemCatalogued', data }], { expectedRevision: 'no-stream' });
 */
export class SqliteEventStore implements EventStore {
  readonly positions = 'dense';
  private readonly reader: SqliteEventReader;
  private readonly stored: StoredLog;
  private readonly subscriptions = new Set<CatchUpSubscription>();
  private readonly commits = new GroupCommit<Entry, Outcome>((entries) => this.commit(entries), {
    maxItems: APPENDS_TOGETHER,
    delay: 0,
  });
  private appender: Appender;
  private handingOver: Promise<void> = Promise.resolve();
  private appended = 0;
  /** Highest position that was ever given, as far as this process knows. */
  private known: number;
  private closed = false;

  private constructor(
    private readonly database: SqliteDatabase,
    private readonly options: SqliteEventStoreOptions,
  ) {
    this.reader = new SqliteEventReader(database);
    this.stored = new StoredLog(database);
    this.known = this.stored.head();
    this.appender = new SqliteAppender(database);
  }

  /** @throws EventStoreError STORE_UNAVAILABLE, STORE_DAMAGED, STORE_VERSION_UNKNOWN */
  static open(file: string, options: SqliteEventStoreOptions = {}): SqliteEventStore {
    return guarded(() => {
      const database = openSqlite(file, options);
      try {
        ensureSchema(database);
        return new SqliteEventStore(database, options);
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
    const { now = systemTime } = this.options;
    const entry = { appends: appends.map(encodeAppend), recordedAt: Date.parse(now()) };
    const outcome = await this.commits.add(entry);
    if ('failure' in outcome) throw outcome.failure as Error;
    return outcome.results;
  }

  readStream(stream: string, options: ReadStreamOptions = {}): AsyncIterable<RecordedEvent> {
    const { direction = 'forwards', maxCount = Infinity } = options;
    const step = direction === 'forwards' ? 1 : -1;
    let from = options.fromRevision ?? (direction === 'forwards' ? 0 : Number.MAX_SAFE_INTEGER);
    let left = maxCount;
    return eventsOf(() => {
      const page = this.readTogether(() => {
        const row = this.stored.stream(stream);
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
        head ??= Math.min(this.headNow(), Number(upTo ?? Infinity));
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
    await this.handingOver;
    if (this.closed) throw closedError();
    await this.appender.tombstone(stream, options.expectedRevision);
  }

  async streamState(stream: string): Promise<'missing' | 'live' | 'tombstoned'> {
    return this.read(() => this.stored.stream(stream).state);
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
    await this.appender.close();
    closeSqlite(this.database);
  }

  private readonly pages: PageSource = {
    pageAfter: (position, filter, limit) =>
      this.read(() => {
        const head = this.headNow();
        // One more than asked for tells whether this page is the last: then everything up to the head has been looked at.
        const events = this.reader.all('forwards', Number(position), head, filter, limit + 1);
        if (events.length <= limit) return { events, position: BigInt(head) };
        events.pop();
        return { events, position: events[limit - 1].position };
      }),
    headPosition: () => this.read(() => BigInt(this.headNow())),
  };

  /** Begins a commit; the next one need not wait for its end. */
  private async commit(entries: readonly Entry[]): Promise<Promise<Outcome>[]> {
    if (this.isThreadDue()) await (this.handingOver = this.handOver());
    await this.appender.room();
    const outcomes = this.appender.commit(entries).then(
      (commit) => this.committed(entries, commit),
      (failure: unknown) => this.unanswered(failure),
    );
    return entries.map((_, at) => outcomes.then((all) => all[at]));
  }

  private committed(entries: readonly Entry[], { outcomes, head }: Commit): readonly Outcome[] {
    const growth = { after: BigInt(this.known), upTo: BigInt(head), events: entries.flatMap(kindsIn) };
    const appended = outcomes.reduce((sum, outcome) => sum + appendedBy(outcome), 0);
    const isAll = head - this.known === appended; // not where an earlier commit was never answered
    this.known = head;
    this.appended += appended;
    for (const subscription of this.subscriptions)
      if (isAll) subscription.grown(growth);
      else subscription.wake();
    return outcomes;
  }

  /** Nobody knows what was taken: the log tells. */
  private unanswered(failure: unknown): never {
    if (!this.closed) this.known = guarded(() => this.stored.head());
    for (const subscription of this.subscriptions) subscription.wake();
    throw failure;
  }

  private isThreadDue(): boolean {
    const { readOnly = false, eventsBeforeThread = Infinity } = this.options;
    return (
      this.appender instanceof SqliteAppender &&
      this.appended >= eventsBeforeThread &&
      !readOnly &&
      !this.database.memory
    );
  }

  /** Nothing is being committed; what was to be deleted is. */
  private async handOver(): Promise<void> {
    const thread = AppenderThread.over({ file: this.database.name, maxBytes: this.options.maxBytes });
    if (thread === undefined) return;
    await this.appender.close();
    this.appender = thread;
  }

  private headNow(): number {
    return this.options.readOnly === true ? this.stored.head() : this.known;
  }

  /** Of one moment, whatever is written elsewhere. */
  private readTogether<T>(run: () => T): T {
    return this.read(() => this.database.transaction(run)());
  }

  private read<T>(run: () => T): T {
    if (this.closed) throw closedError();
    return guarded(run);
  }
}

const systemTime = (): string => new Date().toISOString();

const appendedBy = (outcome: Outcome): number =>
  'results' in outcome ? outcome.results.reduce((sum, { appended }) => sum + appended, 0) : 0;

/** Of what kinds the events of an entry are; of each stream, each type once. */
function kindsIn({ appends }: Entry): Growth['events'][number][] {
  return appends.flatMap(({ stream, events }) =>
    [...new Set(events.map(({ type }) => type))].map((type) => ({ stream, type })),
  );
}
