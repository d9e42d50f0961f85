import type {
  AppendOptions,
  AppendResult,
  EventMetadata,
  EventStore,
  NewEvent,
  ReadAllOptions,
  ReadStreamOptions,
  RecordedEvent,
  StreamAppend,
  Subscription,
  SubscriptionOptions,
} from '#libs/messaging';
import { checkRevision, decideAppend, refuseTombstoned } from './append-decision.js';
import { CatchUpSubscription } from './catch-up-subscription.js';
import { encodeEvent, type EncodedEvent } from './event-codec.js';
import { passes } from './event-filter.js';
import { eventsOf, type PageSource } from './paging.js';
import { closedError } from './store-errors.js';

interface StoredEvent extends EncodedEvent {
  readonly stream: string;
  readonly revision: number;
  readonly position: bigint;
  readonly recordedAt: string;
}

interface StoredStream {
  readonly state: 'missing' | 'live' | 'tombstoned';
  readonly revision: number;
  readonly events: readonly StoredEvent[];
}

interface State {
  readonly position: bigint;
  readonly log: readonly StoredEvent[];
  readonly streams: ReadonlyMap<string, StoredStream>;
}

const MISSING: StoredStream = { state: 'missing', revision: -1, events: [] };
const TOMBSTONED: StoredStream = { state: 'tombstoned', revision: -1, events: [] };
const PAGE = 1_000;

/**
 * The event store of unit tests: keeps events as the JSON that a file would hold, so that a test sees what production sees.
 *
 * @example
 * const events = new InMemoryEventStore({ now: () => '2026-01-01T00:00:00.000Z' });
 */
export class InMemoryEventStore implements EventStore {
  readonly positions = 'dense';
  private readonly now: () => string;
  private readonly subscriptions = new Set<CatchUpSubscription>();
  private state: State = { position: 0n, log: [], streams: new Map() };
  private closed = false;

  constructor(options: { readonly now?: () => string } = {}) {
    this.now = options.now ?? (() => new Date().toISOString());
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
    this.refuseClosed();
    const recordedAt = new Date(this.now()).toISOString();
    const draft = new Draft(this.state);
    const results = appends.map((append) => draft.append(append, recordedAt));
    this.state = draft.state();
    for (const subscription of this.subscriptions) subscription.wake();
    return results;
  }

  readStream(stream: string, options: ReadStreamOptions = {}): AsyncIterable<RecordedEvent> {
    const { direction = 'forwards', maxCount = Infinity } = options;
    return once(() => {
      this.refuseClosed();
      const stored = this.stream(stream);
      refuseTombstoned(stream, stored);
      const { fromRevision = direction === 'forwards' ? 0 : Infinity } = options;
      const chosen =
        direction === 'forwards'
          ? stored.events.filter(({ revision }) => revision >= fromRevision)
          : stored.events.filter(({ revision }) => revision <= fromRevision).reverse();
      return chosen.slice(0, maxCount);
    });
  }

  readAll(options: ReadAllOptions = {}): AsyncIterable<RecordedEvent> {
    const { direction = 'forwards', from, upTo, filter, maxCount = Infinity } = options;
    return once(() => {
      this.refuseClosed();
      const chosen = this.state.log.filter(
        (event) => (upTo === undefined || event.position <= upTo) && passes(filter, event),
      );
      const beyond =
        direction === 'forwards'
          ? chosen.filter(({ position }) => from === undefined || position > from)
          : chosen.filter(({ position }) => from === undefined || position < from).reverse();
      return beyond.slice(0, maxCount);
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
    this.refuseClosed();
    const stored = this.stream(stream);
    if (stored.state === 'tombstoned') return;
    checkRevision(stream, stored, options.expectedRevision);
    this.state = {
      position: this.state.position,
      log: this.state.log.filter((event) => event.stream !== stream),
      streams: new Map(this.state.streams).set(stream, TOMBSTONED),
    };
  }

  async streamState(stream: string): Promise<'missing' | 'live' | 'tombstoned'> {
    this.refuseClosed();
    return this.stream(stream).state;
  }

  async head(): Promise<bigint> {
    return this.pages.headPosition();
  }

  async close(): Promise<void> {
    this.closed = true;
    await Promise.all([...this.subscriptions].map((subscription) => subscription.stop()));
  }

  private readonly pages: PageSource = {
    pageAfter: (position, filter, limit) => {
      this.refuseClosed();
      const passing = this.state.log.filter((event) => event.position > position && passes(filter, event));
      const events = passing.slice(0, limit).map(decode);
      return { events, position: passing.length > limit ? events[limit - 1].position : this.state.position };
    },
    headPosition: () => {
      this.refuseClosed();
      return this.state.position;
    },
  };

  private stream(name: string): StoredStream {
    return this.state.streams.get(name) ?? MISSING;
  }

  private refuseClosed(): void {
    if (this.closed) throw closedError();
  }
}

/** What a batch would leave behind; a refusal half-way leaves the store as it was. */
class Draft {
  private position: bigint;
  private readonly added: StoredEvent[] = [];
  private readonly streams: Map<string, StoredStream>;

  constructor(private readonly before: State) {
    this.position = before.position;
    this.streams = new Map(before.streams);
  }

  append(append: StreamAppend, recordedAt: string): AppendResult {
    const { stream } = append;
    const stored = this.streams.get(stream) ?? MISSING;
    const { fresh, knownPosition } = decideAppend(append, stored, (id) =>
      stored.events.find((event) => event.id === id),
    );
    if (fresh.length === 0)
      return { stream, revision: stored.revision, position: knownPosition, appended: 0 };
    const events = fresh.map((event, index): StoredEvent => {
      const revision = stored.revision + 1 + index;
      return { ...encodeEvent(event), stream, revision, position: ++this.position, recordedAt };
    });
    this.added.push(...events);
    const revision = stored.revision + events.length;
    this.streams.set(stream, { state: 'live', revision, events: [...stored.events, ...events] });
    return { stream, revision, position: this.position, appended: events.length };
  }

  state(): State {
    return { position: this.position, log: [...this.before.log, ...this.added], streams: this.streams };
  }
}

/** The answer of one reading, taken when the first event is asked for. */
function once(read: () => readonly StoredEvent[]): AsyncIterable<RecordedEvent> {
  let events: readonly StoredEvent[] | undefined;
  let from = 0;
  return eventsOf(() => {
    events ??= read();
    const page = events.slice(from, (from += PAGE));
    return page.map(decode);
  });
}

function decode({ data, metadata, ...event }: StoredEvent): RecordedEvent {
  return {
    ...event,
    data: JSON.parse(data) as unknown,
    metadata: metadata === null ? {} : (JSON.parse(metadata) as EventMetadata),
  };
}
