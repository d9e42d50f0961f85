import type { JsonValue } from '#libs/essentials';

export type EventMetadata = Readonly<Record<string, JsonValue>>;

/** An event that is about to be appended. `type` is a literal that outlives class names. */
export interface NewEvent<Type extends string = string, Data = unknown> {
  /** UUID in lower case. The same id appended twice to a stream is stored once. */
  readonly id: string;
  readonly type: Type;
  readonly data: Data;
  readonly metadata?: EventMetadata;
}

export interface RecordedEvent<Type extends string = string, Data = unknown> {
  readonly id: string;
  readonly type: Type;
  readonly data: Data;
  readonly metadata: EventMetadata;
  readonly stream: string;
  /** Place in its stream, from 0. */
  readonly revision: number;
  /** Place in the whole store: grows, need not be dense. */
  readonly position: bigint;
  /** ISO 8601, UTC, milliseconds; set by the store. */
  readonly recordedAt: string;
}

/** `any`: no check. `no-stream`: the stream must not exist. A number: the revision of its last event. */
export type ExpectedRevision = 'any' | 'no-stream' | 'stream-exists' | number;

export interface AppendOptions {
  readonly expectedRevision?: ExpectedRevision;
}

export interface StreamAppend extends AppendOptions {
  readonly stream: string;
  readonly events: readonly NewEvent[];
}

export interface AppendResult {
  readonly stream: string;
  /** Revision of the stream's last event after the append. */
  readonly revision: number;
  /** Position of the last event of this append (of its first writing, when it was a repetition). */
  readonly position: bigint;
  /** How many of the events were new; the others were already there under the same id. */
  readonly appended: number;
}

/** An event passes when its type is among `types` and its stream starts with one of `streamPrefixes`; an absent list lets all pass. */
export interface EventFilter {
  readonly types?: readonly string[];
  readonly streamPrefixes?: readonly string[];
}

export interface ReadStreamOptions {
  readonly direction?: 'forwards' | 'backwards';
  /** First revision to read; default: the first (forwards) or the last (backwards). */
  readonly fromRevision?: number;
  readonly maxCount?: number;
}

export interface ReadAllOptions {
  readonly direction?: 'forwards' | 'backwards';
  /**
   * Exclusive: forwards reads what comes after it, backwards what comes before it. Default: the respective end. Where positions are
   * sparse, one that this store gave, or 0n.
   */
  readonly from?: bigint;
  /** Inclusive, in both directions: nothing behind this position is read or looked at. Default: the head when reading begins. */
  readonly upTo?: bigint;
  readonly filter?: EventFilter;
  readonly maxCount?: number;
}

export interface SubscriptionOptions {
  /** Exclusive: the position of the last event already handled (the stored checkpoint); absent: from the beginning. */
  readonly after?: bigint;
  readonly filter?: EventFilter;
  /** At most so many events a call of `handle`; default 1,000. */
  readonly batchSize?: number;
  /**
   * Milliseconds for which new events wait for others, so that a batch is worth its transaction; nobody who asks `caughtUp` waits. Default: 0.
   * A store whose batches are large anyway need not do it.
   */
  readonly gather?: number;
  /**
   * Gets the events in order, never two calls at once. `position` is the checkpoint to store when the batch is done; it may lie
   * behind the last event when what followed did not pass the filter. When it rejects, the subscription ends with that error.
   */
  readonly handle: (events: readonly RecordedEvent[], position: bigint) => Promise<void>;
}

export interface Subscription {
  /**
   * Resolves when everything that was in the store at the call has been handled; rejects when handling failed or the
   * subscription was stopped before (SUBSCRIPTION_STOPPED).
   */
  caughtUp(): Promise<void>;
  /** Stops after the batch at hand; resolves when nothing runs any more. */
  stop(): Promise<void>;
  /** Resolves on stop, rejects with what `handle` or the store threw. */
  readonly done: Promise<void>;
}

/**
 * The source of truth. Appends are atomic a stream and durable when they resolve. Order: `position` is the total order.
 * Adapters: in memory, SQLite, EventStoreDB; one contract suite (`describeEventStoreContract` in testkit) for all.
 *
 * Where the store is a server, three promises are as good as it can keep them (docs/design/event-store.md): of a batch that loses the
 * connection, or whose streams another process appends to at the same moment, a part may be written, and appending the batch again
 * completes it; an append that expects `any` and is larger than the server takes at once is written in parts, in order; a repetition is
 * recognised among the last 100,000 events of its stream.
 */
export interface EventStore {
  /** dense: one more with every event, so that one may calculate with positions. sparse: they only grow. */
  readonly positions: 'dense' | 'sparse';
  /**
   * Appends to one stream. A repetition (all ids already there, in this order) resolves with `appended: 0`, whatever the expected
   * revision says; a mixture appends the new ones only when `expectedRevision` is `any`.
   * @throws EventStoreError WRONG_EXPECTED_REVISION, STREAM_TOMBSTONED, EVENT_ID_REUSED (same id, other type),
   * EVENT_ID_MALFORMED, EVENT_NOT_JSON, STORE_FULL, …
   */
  append(stream: string, events: readonly NewEvent[], options?: AppendOptions): Promise<AppendResult>;
  /** Many appends, made durable together and in order. Each is atomic; all are checked first, and when one is refused nothing is written. */
  appendBatch(appends: readonly StreamAppend[]): Promise<readonly AppendResult[]>;
  /** @throws EventStoreError STREAM_TOMBSTONED. A stream that does not exist is empty. */
  readStream(stream: string, options?: ReadStreamOptions): AsyncIterable<RecordedEvent>;
  readAll(options?: ReadAllOptions): AsyncIterable<RecordedEvent>;
  subscribe(options: SubscriptionOptions): Subscription;
  /**
   * Deletes the stream's events for good; nothing can be appended to it or read from it afterwards. Idempotent; a stream that
   * does not exist yet is closed before it begins. @throws EventStoreError WRONG_EXPECTED_REVISION
   */
  tombstone(stream: string, options?: AppendOptions): Promise<void>;
  streamState(stream: string): Promise<'missing' | 'live' | 'tombstoned'>;
  /** Position of the last event ever appended, tombstoned or not; 0n when there was none. */
  head(): Promise<bigint>;
  close(): Promise<void>;
}
