import type { RecordedEvent } from '#libs/messaging';
import { encodeEvent, type EncodedEvent } from '../event-codec.js';
import type { Part } from './append-pipe.js';
import { countOfPart } from './append-plan.js';
import { carriedMetadata } from './carried-metadata.js';
import { CARRIED_APART, type CarriedPositions } from './carried-positions.js';
import type { EsdbWriter } from './esdb-writer.js';

/** Landmarks come after a part: both together must stay below what lies between two of them, also when a crash cut one off. */
const EVENTS_OF_PART = CARRIED_APART / 4;

/** A run of events of one stream, as they follow each other in a log. */
interface Run {
  readonly stream: string;
  readonly events: RecordedEvent[];
}

/**
 * Writes events of another log, each under its own id and revision, in their order, one part after the other: whatever is there when it
 * breaks off is a beginning of the log.
 *
 * @returns how many
 */
export async function carryEvents(
  events: AsyncIterable<RecordedEvent>,
  writer: EsdbWriter,
  positions: CarriedPositions,
  onProgress: (carried: number) => void,
): Promise<number> {
  let count = 0;
  let sinceLandmark = CARRIED_APART; // the first part gets one
  let last: { readonly carried: bigint; readonly server: bigint } | undefined;
  for await (const run of runsOf(events)) {
    const server = await write(run, writer);
    count += run.events.length;
    sinceLandmark += run.events.length;
    last = { carried: run.events.at(-1)!.position, server };
    if (sinceLandmark < CARRIED_APART / 2) continue;
    await positions.addLandmark(last.carried, last.server);
    sinceLandmark = 0;
    onProgress(count);
  }
  if (sinceLandmark > 0 && last !== undefined) await positions.addLandmark(last.carried, last.server);
  return count;
}

async function write({ stream, events }: Run, writer: EsdbWriter): Promise<bigint> {
  let rest: readonly EncodedEvent[] = events.map(encoded);
  let expectedRevision = events[0].revision - 1;
  let position = 0n;
  while (rest.length > 0) {
    const count = countOfPart(rest);
    const part: Part = { stream, expectedRevision, events: rest.slice(0, count) };
    const positions: (bigint | undefined)[] = [undefined];
    await writer.write([part], positions);
    position = positions[0]!;
    expectedRevision += count;
    rest = rest.slice(count);
  }
  return position;
}

function encoded({ id, type, data, metadata, position, recordedAt }: RecordedEvent): EncodedEvent {
  const from = { position: position.toString(), recordedAt };
  return encodeEvent({ id, type, data, metadata: carriedMetadata(metadata, from) });
}

async function* runsOf(events: AsyncIterable<RecordedEvent>): AsyncGenerator<Run> {
  let run: Run | undefined;
  for await (const event of events) {
    if (run !== undefined && run.stream === event.stream && run.events.length < EVENTS_OF_PART) {
      run.events.push(event);
      continue;
    }
    if (run !== undefined) yield run;
    run = { stream: event.stream, events: [event] };
  }
  if (run !== undefined) yield run;
}
