import { randomUUID } from 'node:crypto';
import type {
  AppendOptions,
  AppendResult,
  EventFilter,
  EventStore,
  NewEvent,
  ReadAllOptions,
  ReadStreamOptions,
  RecordedEvent,
  StreamAppend,
  Subscription,
  SubscriptionOptions,
} from '#libs/messaging';

/** An empty store within one that is not: names of streams get a prefix, and what was there before is not seen. */
export class ScopedEventStore implements EventStore {
  readonly positions;
  private readonly prefix = `${randomUUID()}.`;

  private constructor(
    private readonly store: EventStore,
    private readonly beginning: bigint,
  ) {
    this.positions = store.positions;
  }

  static async within(store: EventStore): Promise<ScopedEventStore> {
    return new ScopedEventStore(store, await store.head());
  }

  async append(stream: string, events: readonly NewEvent[], options?: AppendOptions): Promise<AppendResult> {
    return this.resultOf(await this.store.append(this.prefix + stream, events, options));
  }

  async appendBatch(appends: readonly StreamAppend[]): Promise<readonly AppendResult[]> {
    const scoped = appends.map((append) => ({ ...append, stream: this.prefix + append.stream }));
    return (await this.store.appendBatch(scoped)).map((result) => this.resultOf(result));
  }

  readStream(stream: string, options?: ReadStreamOptions): AsyncIterable<RecordedEvent> {
    return this.scoped(this.store.readStream(this.prefix + stream, options));
  }

  readAll(options: ReadAllOptions = {}): AsyncIterable<RecordedEvent> {
    const from = options.direction === 'backwards' ? options.from : (options.from ?? this.beginning);
    return this.scoped(this.store.readAll({ ...options, from, filter: this.filterOf(options.filter) }));
  }

  subscribe(options: SubscriptionOptions): Subscription {
    return this.store.subscribe({
      ...options,
      after: options.after ?? this.beginning,
      filter: this.filterOf(options.filter),
      handle: (events, position) =>
        options.handle(
          events.map((event) => this.eventOf(event)),
          position,
        ),
    });
  }

  tombstone(stream: string, options?: AppendOptions): Promise<void> {
    return this.store.tombstone(this.prefix + stream, options);
  }

  streamState(stream: string): Promise<'missing' | 'live' | 'tombstoned'> {
    return this.store.streamState(this.prefix + stream);
  }

  async head(): Promise<bigint> {
    const head = await this.store.head();
    return head === this.beginning ? 0n : head;
  }

  close(): Promise<void> {
    return this.store.close();
  }

  private filterOf(filter: EventFilter = {}): EventFilter {
    const { streamPrefixes = [''] } = filter;
    return { ...filter, streamPrefixes: streamPrefixes.map((prefix) => this.prefix + prefix) };
  }

  private async *scoped(
    events: AsyncIterable<RecordedEvent>,
  ): AsyncGenerator<RecordedEvent, void, undefined> {
    for await (const event of events) yield this.eventOf(event);
  }

  private eventOf(event: RecordedEvent): RecordedEvent {
    return { ...event, stream: event.stream.slice(this.prefix.length) };
  }

  private resultOf(result: AppendResult): AppendResult {
    return { ...result, stream: result.stream.slice(this.prefix.length) };
  }
}
