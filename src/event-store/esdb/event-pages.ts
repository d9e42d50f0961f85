import type { ReadReq, ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import type { RecordedEvent } from '#libs/messaging';
import type { EsdbClient } from './esdb-client.js';
import { failureOf, passes } from './esdb-failure.js';
import type { EsdbSession, RunOptions } from './esdb-session.js';
import { recordedEvent } from './recorded-event.js';

export interface EventPage {
  readonly state: 'found' | 'missing' | 'deleted';
  readonly events: readonly RecordedEvent[];
  /** The page ended for its size in bytes: more may follow. */
  readonly cut: boolean;
}

/** A page is held in memory: it ends early when its payloads come to this. */
const PAGE_BYTES = 8_000_000;

/** Reads a page; one that breaks off is as much as has come, or is tried again when nothing has. */
export function readPage(session: EsdbSession, request: ReadReq, options?: RunOptions): Promise<EventPage> {
  return session.run((client) => pageOf(client, request), options);
}

async function pageOf(client: EsdbClient, request: ReadReq): Promise<EventPage> {
  const events: RecordedEvent[] = [];
  const call = await client.read(request);
  let bytes = 0;
  try {
    for await (const response of call as AsyncIterable<ReadResp>) {
      if (response.hasStreamNotFound()) return { state: 'missing', events, cut: false };
      const read = response.getEvent();
      const event = read && recordedEvent(read);
      if (event === undefined) continue;
      events.push(event);
      bytes += read!.getEvent()!.getData_asU8().length;
      if (bytes > PAGE_BYTES) return { state: 'found', events, cut: true };
    }
    return { state: 'found', events, cut: false };
  } catch (error) {
    const failure = failureOf(error);
    if (failure === 'stream-deleted') return { state: 'deleted', events: [], cut: false };
    if (failure === 'stream-not-found') return { state: 'missing', events: [], cut: false };
    if (passes(failure) && events.length > 0) return { state: 'found', events, cut: true }; // goes on from there
    throw error;
  } finally {
    call.cancel();
  }
}
