import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { BatchAppendReq, BatchAppendResp } from '@eventstore/db-client/generated/streams_pb.js';
import type { ClientDuplexStream } from '@grpc/grpc-js';
import type { EncodedEvent } from '../event-codec.js';
import type { EsdbClient } from './esdb-client.js';

/** Events for one stream that the server writes together or not at all. */
export interface Part {
  readonly stream: string;
  /** -1: the stream must not exist. Always exact: only then does the server know a repetition. */
  readonly expectedRevision: number;
  readonly events: readonly EncodedEvent[];
}

interface Waiter {
  readonly resolve: (position: bigint) => void;
  readonly reject: (error: unknown) => void;
  readonly timer: NodeJS.Timeout;
}

type Call = ClientDuplexStream<BatchAppendReq, BatchAppendResp>;

/** An answer of the server that is a refusal; `type` and `code` say what the trailers of a failed call would. */
export class AppendRefused extends Error {
  constructor(
    message: string,
    readonly code: number,
    readonly type?: string,
  ) {
    super(message);
  }
}

/**
 * Appends over one call: they go out one after the other without waiting, and the server writes them in that order. When the call breaks,
 * every append that has no answer fails; whether it was written shows when it is repeated.
 */
export class AppendPipe {
  private call: Promise<Call> | undefined;
  private readonly waiting = new Map<string, Waiter>();

  /** @param deadline milliseconds for an answer */
  constructor(
    private readonly client: EsdbClient,
    private readonly deadline: number,
  ) {}

  /** Resolves when the part is on its way; `answer` to the position of its last event. */
  async send(part: Part): Promise<{ readonly answer: Promise<bigint> }> {
    const call = await (this.call ??= this.open());
    const correlation = randomUUID();
    const answer = new Promise<bigint>((resolve, reject) => {
      const timer = setTimeout(() => this.expire(call, correlation), this.deadline);
      this.waiting.set(correlation, { resolve, reject, timer });
    });
    answer.catch(() => undefined); // the caller looks at it in its turn
    if (!call.write(requestOf(part, correlation)))
      await Promise.race([once(call, 'drain'), answer]).catch(() => undefined);
    return { answer };
  }

  private async open(): Promise<Call> {
    try {
      const call = await this.client.openAppends();
      call.on('data', (response: BatchAppendResp) => this.settle(response));
      call.on('error', (error: unknown) => this.fail(error));
      call.on('close', () => this.fail(new Error('premature close')));
      return call;
    } catch (error) {
      this.call = undefined;
      throw error;
    }
  }

  private settle(response: BatchAppendResp): void {
    const waiter = this.take(response.getCorrelationId()?.getString() ?? '');
    if (waiter === undefined) return; // it has expired
    if (response.hasError()) waiter.reject(refusal(response));
    else waiter.resolve(BigInt(response.getSuccess()!.getPosition()!.getCommitPosition()));
  }

  private expire(call: Call, correlation: string): void {
    this.take(correlation)?.reject(new AppendRefused('no answer in time', 4));
    call.cancel(); // what follows on this call would wait behind it
  }

  private fail(error: unknown): void {
    this.call = undefined;
    for (const correlation of [...this.waiting.keys()]) this.take(correlation)?.reject(error);
  }

  private take(correlation: string): Waiter | undefined {
    const waiter = this.waiting.get(correlation);
    this.waiting.delete(correlation);
    clearTimeout(waiter?.timer);
    return waiter;
  }
}

function requestOf({ stream, expectedRevision, events }: Part, correlation: string): BatchAppendReq {
  const name = new shared.StreamIdentifier();
  name.setStreamName(Buffer.from(stream, 'utf8').toString('base64'));
  const options = new streams.BatchAppendReq.Options();
  options.setStreamIdentifier(name);
  if (expectedRevision >= 0) options.setStreamPosition(expectedRevision.toString());
  else options.setNoStream(new shared.Empty()); // no fields: the server cannot tell one Empty from another
  const request = new streams.BatchAppendReq();
  request.setCorrelationId(uuidOf(correlation));
  request.setOptions(options); // without a deadline, which would compare this machine's clock with the server's
  request.setProposedMessagesList(events.map(proposal));
  request.setIsFinal(true);
  return request;
}

function proposal({ id, type, data, metadata }: EncodedEvent): BatchAppendReq.ProposedMessage {
  const message = new streams.BatchAppendReq.ProposedMessage();
  message.setId(uuidOf(id));
  message.getMetadataMap().set('type', type).set('content-type', 'application/json');
  message.setData(Buffer.from(data, 'utf8'));
  if (metadata !== null) message.setCustomMetadata(Buffer.from(metadata, 'utf8'));
  return message;
}

function uuidOf(text: string) {
  const uuid = new shared.UUID();
  uuid.setString(text);
  return uuid;
}

/** Refusals of a batch append are in its answers, by the names of their messages (EventStoreDB, Status.cs). */
const REFUSALS: Readonly<Record<string, string>> = {
  'event_store.client.WrongExpectedVersion': 'wrong-expected-version',
  'event_store.client.Unknown': 'wrong-expected-version', // some of the events are there already, and others not
  'event_store.client.StreamDeleted': 'stream-deleted',
  'event_store.client.AccessDenied': 'access-denied',
  'event_store.client.MaximumAppendSizeExceeded': 'maximum-append-size-exceeded',
  'event_store.client.MaximumAppendEventSizeExceeded': 'maximum-append-size-exceeded',
};
const UNAVAILABLE = 14;

function refusal(response: BatchAppendResp): AppendRefused {
  const status = response.getError()!;
  const message = status.getMessage();
  const busy = /^Server Is (Not Ready|Busy)/.test(message); // the only ones without a code
  return new AppendRefused(
    message,
    busy ? UNAVAILABLE : status.getCode() || 2,
    REFUSALS[status.getDetails()?.getTypeName() ?? ''],
  );
}
