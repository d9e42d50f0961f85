import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import type {
  sendUnaryData,
  ServerDuplexStream,
  ServerReadableStream,
  ServerUnaryCall,
  ServerWritableStream,
} from '@grpc/grpc-js';
import emptyPb from 'google-protobuf/google/protobuf/empty_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type {
  AppendReq,
  AppendResp,
  BatchAppendReq,
  BatchAppendResp,
  DeleteReq,
  DeleteResp,
  ReadReq,
  ReadResp,
  TombstoneReq,
  TombstoneResp,
} from '@eventstore/db-client/generated/streams_pb.js';
import { answers, calls } from './refusals.js';
import type { Expected, LogEvent, LoggedEvent, Refusal, ServerLog, Written } from './server-log.js';

const { FORWARDS } = streams.ReadReq.Options.ReadDirection;

/** What a call meets before and while it is worked on. */
export interface Gate {
  readonly maxAppendSize: number;
  /** What reads are answered from. */
  readonly seen: ReadableLog;
  /** Rejects with what the server says to a caller it does not serve. */
  admit(call: AnyCall): Promise<void>;
  /** Called around every append. Rejects with what becomes of the call; false: nobody is answered. */
  beforeAppend(): Promise<boolean>;
  afterAppend(): Promise<boolean>;
  /** Told of every event that is sent. */
  sent(): void;
}

export type ReadableLog = Pick<ServerLog, 'readStream' | 'readAll' | 'end' | 'onGrowth'>;

type ReadCall = ServerWritableStream<ReadReq, ReadResp>;
type BatchCall = ServerDuplexStream<BatchAppendReq, BatchAppendResp>;
export type AnyCall = Pick<ReadCall, 'metadata'>;

/** The handlers of `event_store.client.streams.Streams`, as a server of version 24 answers. */
export class StreamCalls {
  constructor(
    private readonly log: ServerLog,
    private readonly gate: Gate,
  ) {}

  readonly read = (call: ReadCall): void => {
    void this.serve(call, async () => {
      const options = call.request.getOptions()!;
      const reading = new Reading(call, options, this.gate.seen, this.gate);
      await (options.hasSubscription() ? reading.follow() : reading.once());
      call.end();
    });
  };

  readonly batchAppend = (call: BatchCall): void => {
    const partial = new Map<string, { options: BatchAppendReq.Options; events: LogEvent[] }>();
    let turn: Promise<void> = this.serve(call, async () => undefined);
    call.on('data', (request: BatchAppendReq) => {
      const id = request.getCorrelationId()!.getString();
      const whole = partial.get(id) ?? { options: request.getOptions()!, events: [] };
      whole.events.push(...request.getProposedMessagesList().map(proposed));
      partial.set(id, whole);
      if (!request.getIsFinal()) return;
      partial.delete(id);
      turn = turn.then(() =>
        this.serve(call, () => this.appendOf(call, request, whole.options, whole.events)),
      );
    });
    call.on('end', () => void turn.then(() => call.end()));
  };

  readonly append = (
    call: ServerReadableStream<AppendReq, AppendResp>,
    answer: sendUnaryData<AppendResp>,
  ): void => {
    const events: LogEvent[] = [];
    let options: AppendReq.Options | undefined;
    call.on('data', (request: AppendReq) => {
      if (request.hasOptions()) options = request.getOptions();
      else events.push(proposed(request.getProposedMessage()!));
    });
    call.on('end', () => {
      void this.answering(call, answer, async () => {
        const stream = nameOf(options!.getStreamIdentifier());
        const expected = expectedOf(options!, options!.hasRevision(), options!.getRevision());
        if (sizeOf(events) > this.gate.maxAppendSize) throw calls.appendTooLarge(this.gate.maxAppendSize);
        const outcome = await this.gated(() => this.log.append(stream, expected, events));
        return outcome && appendResponse(outcome, stream, expected);
      });
    });
  };

  readonly delete = (
    call: ServerUnaryCall<DeleteReq, DeleteResp>,
    answer: sendUnaryData<DeleteResp>,
  ): void => {
    const response = new streams.DeleteResp().setPosition(new streams.DeleteResp.Position());
    this.deleting(call, answer, response, (stream, expected) => this.log.softDelete(stream, expected));
  };

  readonly tombstone = (
    call: ServerUnaryCall<TombstoneReq, TombstoneResp>,
    answer: sendUnaryData<TombstoneResp>,
  ): void => {
    const response = new streams.TombstoneResp().setPosition(new streams.TombstoneResp.Position());
    this.deleting(call, answer, response, (stream, expected) => this.log.tombstone(stream, expected));
  };

  private deleting<Request extends DeleteReq | TombstoneReq, Response extends DeleteResp | TombstoneResp>(
    call: ServerUnaryCall<Request, Response>,
    answer: sendUnaryData<Response>,
    response: Response,
    remove: (stream: string, expected: Expected) => Promise<Written | Refusal>,
  ): void {
    void this.answering(call, answer, async () => {
      const options = call.request.getOptions()!;
      const stream = nameOf(options.getStreamIdentifier());
      const expected = expectedOf(options, options.hasRevision(), options.getRevision());
      const outcome = await this.gated(() => remove(stream, expected));
      if (outcome === undefined) return undefined;
      if (outcome === 'stream-deleted') throw calls.streamDeleted(stream);
      if (typeof outcome === 'object' && 'current' in outcome)
        throw calls.wrongExpectedVersion(stream, expected, outcome.current);
      const { position } = outcome as Written;
      response.getPosition()!.setCommitPosition(String(position)).setPreparePosition(String(position));
      return response;
    });
  }

  private async appendOf(
    call: BatchCall,
    request: BatchAppendReq,
    options: BatchAppendReq.Options,
    events: readonly LogEvent[],
  ): Promise<void> {
    const stream = nameOf(options.getStreamIdentifier());
    const expected = expectedOf(options, options.hasStreamPosition(), options.getStreamPosition());
    const response = new streams.BatchAppendResp();
    response.setCorrelationId(request.getCorrelationId());
    response.setStreamIdentifier(options.getStreamIdentifier());
    if (sizeOf(events) > this.gate.maxAppendSize)
      response.setError(answers.appendTooLarge(this.gate.maxAppendSize));
    else {
      const outcome = await this.gated(() => this.log.append(stream, expected, events));
      if (outcome === undefined) return;
      setOutcome(response, outcome, expected);
    }
    call.write(response);
  }

  /** @returns undefined when nobody is to be answered */
  private async gated<T>(run: () => Promise<T>): Promise<T | undefined> {
    if (!(await this.gate.beforeAppend())) return undefined;
    const outcome = await run();
    return (await this.gate.afterAppend()) ? outcome : undefined;
  }

  private async serve(call: AnyCall & NodeJS.EventEmitter, run: () => Promise<void>): Promise<void> {
    try {
      await this.gate.admit(call);
      await run();
    } catch (error) {
      call.emit('error', error);
    }
  }

  private async answering<Response>(
    call: AnyCall,
    answer: sendUnaryData<Response>,
    run: () => Promise<Response | undefined>,
  ): Promise<void> {
    try {
      await this.gate.admit(call);
      const response = await run();
      if (response !== undefined) answer(null, response);
    } catch (error) {
      answer(error as Error);
    }
  }
}

/** One read: a page that ends, or a subscription that does not. */
class Reading {
  private readonly direction;
  private readonly passes;
  private readonly ended = new AbortController();

  constructor(
    private readonly call: ReadCall,
    private readonly options: ReadReq.Options,
    private readonly log: ReadableLog,
    private readonly gate: Gate,
  ) {
    this.direction = options.getReadDirection() === FORWARDS ? ('forwards' as const) : ('backwards' as const);
    this.passes = predicateOf(options.getFilter());
    for (const event of ['cancelled', 'close', 'error']) call.on(event, () => this.ended.abort());
  }

  async once(): Promise<void> {
    let left = Number(this.options.getCount());
    const events = this.options.hasAll() ? this.all() : this.stream();
    while (left > 0 && !this.ended.signal.aborted) {
      const next = await events.next();
      if (next.done) return this.finish(next.value);
      if (!this.passes(next.value)) continue;
      await this.sendEvent(next.value);
      left--;
    }
  }

  /** A catch-up subscription to $all: what is there, then a checkpoint and that it has caught up, then what comes. */
  async follow(): Promise<void> {
    const confirmation = new streams.ReadResp.SubscriptionConfirmation().setSubscriptionId(randomUUID());
    await this.send(new streams.ReadResp().setConfirmation(confirmation));
    const all = this.options.getAll()!;
    let after: bigint | 'start' = all.hasEnd()
      ? await this.log.end()
      : all.hasPosition()
        ? BigInt(all.getPosition()!.getCommitPosition())
        : 'start';
    for (let live = false; !this.ended.signal.aborted; live = true) {
      const grown = this.grown();
      for await (const event of this.log.readAll('forwards', after)) {
        if (this.ended.signal.aborted) return;
        if (event.position === after) continue;
        after = event.position;
        if (this.passes(event)) await this.sendEvent(event);
        else if (live) await this.sendCheckpoint(after);
      }
      if (!live) {
        if (after !== 'start') await this.sendCheckpoint(after);
        await this.send(new streams.ReadResp().setCaughtUp(new streams.ReadResp.CaughtUp()));
      }
      await grown;
    }
  }

  private grown(): Promise<void> {
    const { signal } = this.ended;
    return new Promise((resolve) => {
      const over = (): void => {
        off();
        signal.removeEventListener('abort', over);
        resolve();
      };
      const off = this.log.onGrowth(over);
      signal.addEventListener('abort', over);
    });
  }

  private all(): AsyncGenerator<LoggedEvent, undefined> {
    const all = this.options.getAll()!;
    const from = all.hasPosition()
      ? BigInt(all.getPosition()!.getCommitPosition())
      : all.hasStart()
        ? 'start'
        : 'end';
    return this.log.readAll(this.direction, from) as AsyncGenerator<LoggedEvent, undefined>;
  }

  private stream(): AsyncGenerator<LoggedEvent, 'missing' | 'deleted' | undefined> {
    const where = this.options.getStream()!;
    const from = where.hasRevision() ? Number(where.getRevision()) : where.hasStart() ? 0 : 'end';
    return this.log.readStream(nameOf(where.getStreamIdentifier()), this.direction, from);
  }

  private async finish(state: 'missing' | 'deleted' | undefined): Promise<void> {
    const identifier = this.options.getStream()?.getStreamIdentifier();
    if (state === 'deleted') throw calls.streamDeleted(nameOf(identifier));
    if (state === 'missing')
      await this.send(
        new streams.ReadResp().setStreamNotFound(
          new streams.ReadResp.StreamNotFound().setStreamIdentifier(identifier),
        ),
      );
  }

  private async sendEvent(event: LoggedEvent): Promise<void> {
    this.gate.sent();
    await this.send(new streams.ReadResp().setEvent(readEvent(event)));
  }

  private async sendCheckpoint(position: bigint): Promise<void> {
    const checkpoint = new streams.ReadResp.Checkpoint();
    checkpoint.setCommitPosition(String(position)).setPreparePosition(String(position));
    await this.send(new streams.ReadResp().setCheckpoint(checkpoint));
  }

  private async send(response: ReadResp): Promise<void> {
    if (!this.call.write(response))
      await once(this.call, 'drain', { signal: this.ended.signal }).catch(() => undefined);
  }
}

function readEvent(event: LoggedEvent): ReadResp.ReadEvent {
  const recorded = new streams.ReadResp.ReadEvent.RecordedEvent();
  recorded.setId(new shared.UUID().setString(event.id));
  recorded.setStreamIdentifier(
    new shared.StreamIdentifier().setStreamName(Buffer.from(event.stream).toString('base64')),
  );
  recorded.setStreamRevision(String(event.revision));
  recorded.setCommitPosition(String(event.position)).setPreparePosition(String(event.position));
  recorded.setData(event.data);
  recorded.setCustomMetadata(event.metadata);
  const metadata = recorded.getMetadataMap();
  metadata
    .set('type', event.type)
    .set('content-type', event.contentType)
    .set('created', String(event.created));
  const read = new streams.ReadResp.ReadEvent();
  read.setEvent(recorded);
  read.setCommitPosition(String(event.position));
  return read;
}

function predicateOf(filter: ReadReq.Options.FilterOptions | undefined): (event: LoggedEvent) => boolean {
  if (filter === undefined) return () => true;
  const onType = filter.hasEventType();
  const expression = (onType ? filter.getEventType() : filter.getStreamIdentifier())!;
  const regex = expression.getRegex() === '' ? undefined : new RegExp(expression.getRegex());
  const prefixes = expression.getPrefixList();
  return (event) => {
    const text = onType ? event.type : event.stream;
    return regex?.test(text) ?? prefixes.some((prefix) => text.startsWith(prefix));
  };
}

function proposed(message: AppendReq.ProposedMessage | BatchAppendReq.ProposedMessage): LogEvent {
  const metadata = message.getMetadataMap();
  return {
    id: message.getId()!.getString(),
    type: metadata.get('type')!,
    contentType: metadata.get('content-type')!,
    data: message.getData_asU8(),
    metadata: message.getCustomMetadata_asU8(),
  };
}

/** Event.SizeOnDisk of the server. */
function sizeOf(events: readonly LogEvent[]): number {
  return events.reduce(
    (sum, { type, data, metadata }) => sum + 2 * type.length + data.length + metadata.length,
    0,
  );
}

interface ExpectationOptions {
  hasNoStream(): boolean;
  hasStreamExists(): boolean;
}

function expectedOf(options: ExpectationOptions, exact: boolean, revision: string): Expected {
  if (exact) return Number(revision);
  if (options.hasNoStream()) return -1;
  return options.hasStreamExists() ? 'stream-exists' : 'any';
}

function nameOf(identifier: shared.StreamIdentifier | undefined): string {
  return Buffer.from(identifier!.getStreamName_asU8()).toString('utf8');
}

function appendResponse(outcome: Written | Refusal, stream: string, expected: Expected): AppendResp {
  if (outcome === 'stream-deleted') throw calls.streamDeleted(stream);
  if (outcome === 'corrupted-idempotency') throw calls.timeout();
  const response = new streams.AppendResp();
  if ('current' in outcome) {
    const wrong = new streams.AppendResp.WrongExpectedVersion();
    if (outcome.current >= 0) wrong.setCurrentRevision(String(outcome.current));
    else wrong.setCurrentNoStream(new shared.Empty());
    if (typeof expected === 'number' && expected >= 0) wrong.setExpectedRevision(String(expected));
    return response.setWrongExpectedVersion(wrong);
  }
  const position = new streams.AppendResp.Position();
  position.setCommitPosition(String(outcome.position)).setPreparePosition(String(outcome.position));
  const success = new streams.AppendResp.Success();
  success.setCurrentRevision(String(outcome.revision));
  success.setPosition(position);
  return response.setSuccess(success);
}

function setOutcome(response: BatchAppendResp, outcome: Written | Refusal, expected: Expected): void {
  if (outcome === 'stream-deleted') response.setError(answers.streamDeleted());
  else if (outcome === 'corrupted-idempotency') response.setError(answers.unknown());
  else if ('current' in outcome) response.setError(answers.wrongExpectedVersion(expected, outcome.current));
  else {
    const position = new shared.AllStreamPosition();
    position.setCommitPosition(String(outcome.position)).setPreparePosition(String(outcome.position));
    const success = new streams.BatchAppendResp.Success();
    if (outcome.revision < 0) success.setNoStream(new emptyPb.Empty());
    else success.setCurrentRevision(String(outcome.revision));
    success.setPosition(position);
    response.setSuccess(success);
  }
}
