import type { ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import { EventStoreError, type EventMetadata, type RecordedEvent } from '#libs/messaging';
import { carriedOf } from './carried-metadata.js';

/** `created` counts 100 nanoseconds since 1970. */
const TICKS_PER_MILLISECOND = 10_000n;

/** @throws EventStoreError EVENT_NOT_JSON for what was not written through the port */
export function recordedEvent(read: ReadResp.ReadEvent): RecordedEvent | undefined {
  const event = read.getEvent();
  if (event === undefined) return undefined; // a link whose event is gone
  const metadata = event.getMetadataMap();
  const stream = Buffer.from(event.getStreamIdentifier()!.getStreamName_asU8()).toString('utf8');
  const id = event.getId()!.getString();
  const type = metadata.get('type') ?? '';
  const bytes = event.getCustomMetadata_asU8();
  const parse = (json: Uint8Array): unknown => parsed(json, { stream, id, type });
  const system = type.startsWith('$') || stream.startsWith('$'); // whose payload may be anything
  const { from, metadata: own } = carriedOf(
    system || bytes.length === 0 ? {} : (parse(bytes) as EventMetadata),
  );
  return {
    id,
    type,
    data: system ? undefined : parse(event.getData_asU8()),
    metadata: own,
    stream,
    revision: Number(event.getStreamRevision()),
    position: BigInt(from?.position ?? event.getCommitPosition()),
    recordedAt: from?.recordedAt ?? timeOf(metadata.get('created')),
  };
}

function timeOf(created: string | undefined): string {
  return new Date(Number(BigInt(created ?? 0) / TICKS_PER_MILLISECOND)).toISOString();
}

function parsed(json: Uint8Array, facts: { stream: string; id: string; type: string }): unknown {
  try {
    return JSON.parse(Buffer.from(json.buffer, json.byteOffset, json.byteLength).toString('utf8'));
  } catch (cause) {
    throw new EventStoreError('EVENT_NOT_JSON', 'the store holds an event that is no JSON', {
      facts,
      nextStep: 'keep other programs from writing to this event store',
      cause,
    });
  }
}
