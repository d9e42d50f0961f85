import { EventEmitter } from 'node:events';
import { randomUUID } from 'node:crypto';
import type { EventStore, RecordedEvent } from '#libs/messaging';

/** As the server keeps an event: payloads are bytes to it. */
export interface LogEvent {
  readonly id: string;
  readonly type: string;
  readonly contentType: string;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
}

export interface LoggedEvent extends LogEvent {
  readonly stream: string;
  readonly revision: bigint;
  readonly position: bigint;
  readonly created: bigint;
}

/** -1: no stream. */
export type Expected = 'any' | 'stream-exists' | number;

export type Refusal = 'stream-deleted' | 'corrupted-idempotency' | { readonly current: number };
export type Written = { readonly revision: number; readonly position: bigint };

export const STREAM_DELETED = '$streamDeleted';
const DELETED_REVISION = 2n ** 63n - 1n;
const BYTES_APART = 137n;
const TICKS_PER_MILLISECOND = 10_000n;

interface Stored {
  readonly id: string;
  readonly contentType: string;
  readonly data: string;
  readonly metadata: string;
}

/**
 * The log behind a stand-in of an EventStoreDB server, kept in an embedded store. Its rules are those of the server (IndexWriter.cs,
 * CheckCommit): ids are compared where the expected revision says they would stand; events of deleted streams stay in $all until they are
 * scavenged; positions are far apart, and only those of events can be read from.
 */
export class ServerLog {
  private readonly growth = new EventEmitter().setMaxListeners(0);
  private readonly committed = new Map<string, { readonly stream: string; readonly revision: number }>();
  private readonly truncated = new Map<string, number>();
  private queue: Promise<unknown> = Promise.resolve();

  constructor(private readonly store: EventStore) {}

  /** What a server writes for itself before anybody has written anything. */
  async begin(): Promise<void> {
    if ((await this.store.head()) > 0n) return; // it is started again
    const nothing = { contentType: 'application/json', data: Buffer.from('{}'), metadata: new Uint8Array() };
    for (const type of ['$UpdatedConfiguration', '$statsCollected'])
      await this.append('$stats-127.0.0.1:2113', 'any', [{ ...nothing, id: randomUUID(), type }]);
  }

  append(stream: string, expected: Expected, events: readonly LogEvent[]): Promise<Written | Refusal> {
    return this.inTurn(async () => {
      const last = await this.lastOf(stream);
      if (last?.type === STREAM_DELETED) return 'stream-deleted';
      const current = last?.revision ?? -1;
      const check = await this.check(stream, expected, current, events);
      return check ?? this.write(stream, current, events);
    });
  }

  tombstone(stream: string, expected: Expected): Promise<Written | Refusal> {
    return this.inTurn(async () => {
      const last = await this.lastOf(stream);
      if (last?.type === STREAM_DELETED) return 'stream-deleted';
      const current = last?.revision ?? -1;
      if (!meets(expected, current)) return { current };
      const nothing = { contentType: 'application/json', data: new Uint8Array(), metadata: new Uint8Array() };
      return this.write(stream, current, [{ ...nothing, id: randomUUID(), type: STREAM_DELETED }]);
    });
  }

  /** What the server calls a soft delete: the stream is found no more, and goes on when somebody appends to it. */
  softDelete(stream: string, expected: Expected): Promise<Written | Refusal> {
    return this.inTurn(async () => {
      const last = await this.lastOf(stream);
      if (last?.type === STREAM_DELETED) return 'stream-deleted';
      const current = last?.revision ?? -1;
      if (!meets(expected, current)) return { current };
      this.truncated.set(stream, current + 1);
      return { revision: current, position: last === undefined ? 0n : positionOf(last) };
    });
  }

  /** Removes what deletions have left. */
  scavenge(): Promise<void> {
    return this.inTurn(async () => {
      for await (const { stream } of this.store.readAll({ filter: { types: [STREAM_DELETED] } }))
        await this.store.tombstone(stream);
    });
  }

  async *readStream(
    stream: string,
    direction: 'forwards' | 'backwards',
    from: number | 'end',
  ): AsyncGenerator<LoggedEvent, 'missing' | 'deleted' | undefined> {
    const last = await this.lastOf(stream);
    if (last === undefined) return 'missing';
    if (last.type === STREAM_DELETED) return 'deleted';
    const first = this.truncated.get(stream) ?? 0;
    if (last.revision < first) return 'missing';
    const fromRevision = from === 'end' ? undefined : direction === 'forwards' ? Math.max(from, first) : from;
    for await (const event of this.store.readStream(stream, { direction, fromRevision })) {
      if (event.revision < first) return undefined;
      yield logged(event);
    }
    return undefined;
  }

  /**
   * Forwards with the event at the position, backwards without, as the server has it.
   *
   * @throws RangeError when no event stands at the position
   */
  async *readAll(
    direction: 'forwards' | 'backwards',
    from: bigint | 'start' | 'end',
  ): AsyncGenerator<LoggedEvent> {
    let at: bigint | undefined;
    if (typeof from === 'bigint') {
      if (from % BYTES_APART !== 0n || from / BYTES_APART > (await this.store.head()))
        throw new RangeError('not at a record');
      at = from / BYTES_APART - (direction === 'forwards' ? 1n : 0n);
    }
    if (direction === 'backwards' && from === 'start') return;
    if (direction === 'forwards' && from === 'end') return;
    for await (const event of this.store.readAll({ direction, from: at })) yield logged(event);
  }

  async end(): Promise<bigint> {
    return (await this.store.head()) * BYTES_APART;
  }

  onGrowth(listener: () => void): () => void {
    this.growth.on('growth', listener);
    return () => this.growth.off('growth', listener);
  }

  close(): Promise<void> {
    return this.store.close();
  }

  private async check(
    stream: string,
    expected: Expected,
    current: number,
    events: readonly LogEvent[],
  ): Promise<Written | Refusal | undefined> {
    if (typeof expected !== 'number') {
      if (expected === 'stream-exists' && current < 0) return { current };
      return this.repetition(events, (event, index) => {
        const known = this.committed.get(event.id);
        return known?.stream === stream && (index === 0 || known !== undefined);
      });
    }
    if (expected === current) return undefined;
    if (expected > current) return { current };
    const there: RecordedEvent[] = [];
    const window = { fromRevision: expected + 1, maxCount: events.length };
    for await (const event of this.store.readStream(stream, window)) there.push(event);
    const same = events.findIndex((event, index) => stored(there.at(index))?.id !== event.id);
    if (same === 0) return { current };
    if (same > 0) return 'corrupted-idempotency';
    const last = there.at(-1)!;
    return { revision: last.revision, position: positionOf(last) };
  }

  /** With `any` the server knows a repetition only by what it happens to remember. */
  private async repetition(
    events: readonly LogEvent[],
    remembered: (event: LogEvent, index: number) => boolean,
  ): Promise<Written | Refusal | undefined> {
    const unknown = events.findIndex((event, index) => !remembered(event, index));
    if (events.length === 0 || unknown === 0) return undefined;
    if (unknown > 0) return 'corrupted-idempotency';
    const last = this.committed.get(events.at(-1)!.id)!;
    for await (const event of this.store.readStream(last.stream, {
      fromRevision: last.revision,
      maxCount: 1,
    }))
      return { revision: event.revision, position: positionOf(event) };
    return undefined;
  }

  private async write(stream: string, current: number, events: readonly LogEvent[]): Promise<Written> {
    const { revision, position } = await this.store.append(
      stream,
      events.map((event) => ({ id: randomUUID(), type: event.type, data: kept(event) })),
      { expectedRevision: current < 0 ? 'no-stream' : current },
    );
    events.forEach(({ id }, index) => this.committed.set(id, { stream, revision: current + 1 + index }));
    this.growth.emit('growth');
    return { revision, position: position * BYTES_APART };
  }

  private async lastOf(stream: string): Promise<RecordedEvent | undefined> {
    if ((await this.store.streamState(stream)) === 'tombstoned') return SCAVENGED;
    for await (const event of this.store.readStream(stream, { direction: 'backwards', maxCount: 1 }))
      return event;
    return undefined;
  }

  private inTurn<T>(run: () => Promise<T>): Promise<T> {
    const mine = this.queue.then(run);
    this.queue = mine.catch(() => undefined);
    return mine;
  }
}

/** What is left of a scavenged stream: that it was deleted. */
const SCAVENGED = { type: STREAM_DELETED } as RecordedEvent;

function meets(expected: Expected, current: number): boolean {
  if (expected === 'any') return true;
  return expected === 'stream-exists' ? current >= 0 : current === expected;
}

function kept({ id, contentType, data, metadata }: LogEvent): Stored {
  return {
    id,
    contentType,
    data: Buffer.from(data).toString('base64'),
    metadata: Buffer.from(metadata).toString('base64'),
  };
}

function stored(event: RecordedEvent | undefined): Stored | undefined {
  return event?.data as Stored | undefined;
}

function positionOf({ position }: RecordedEvent): bigint {
  return position * BYTES_APART;
}

function logged(event: RecordedEvent): LoggedEvent {
  const { id, contentType, data, metadata } = stored(event)!;
  return {
    id,
    type: event.type,
    contentType,
    data: Buffer.from(data, 'base64'),
    metadata: Buffer.from(metadata, 'base64'),
    stream: event.stream,
    revision: event.type === STREAM_DELETED ? DELETED_REVISION : BigInt(event.revision),
    position: positionOf(event),
    created: BigInt(Date.parse(event.recordedAt)) * TICKS_PER_MILLISECOND,
  };
}
