import { EventStoreError, type AppendResult, type StreamAppend } from '#libs/messaging';
import { decideAppend, type KnownEvent } from '../append-decision.js';
import { encodeEvent, type EncodedEvent } from '../event-codec.js';
import type { Part } from './append-pipe.js';
import { readPage } from './event-pages.js';
import type { EsdbSession } from './esdb-session.js';
import { streamRead } from './read-request.js';
import type { KnownStream, StreamMemory } from './stream-memory.js';

/** Below MaxAppendSize, which is 1 MiB unless the nodes are configured otherwise. */
const PART_BYTES = 1_000_000;
const PAGE = 1_000;
const LOADED_AT_ONCE = 32;

/** What one append writes, decided before anything of its batch is written. */
export interface PlannedAppend {
  readonly append: StreamAppend;
  /** What was known of the stream before this append's batch. */
  readonly known: KnownStream;
  readonly parts: readonly Part[];
  /** Revision of the stream's last event when it is written. */
  readonly revision: number;
  /** Highest position among the events that were there before. */
  readonly knownPosition: bigint;
  /** Appends of the same batch that write what this one repeats. */
  readonly repeats: readonly PlannedAppend[];
}

/**
 * Decides all appends of a batch on what is known of their streams, each after the ones before it.
 *
 * @throws EventStoreError as `EventStore.append`; then nothing was written
 */
export async function planAppends(
  appends: readonly StreamAppend[],
  memory: StreamMemory,
  session: EsdbSession,
): Promise<PlannedAppend[]> {
  const streams = [...new Set(appends.map(({ stream }) => stream))];
  const drafts = new Map<string, Draft>();
  for (let at = 0; at < streams.length; at += LOADED_AT_ONCE)
    await Promise.all(
      streams.slice(at, at + LOADED_AT_ONCE).map(async (stream) => {
        drafts.set(stream, new Draft(stream, await memory.known(stream), session));
      }),
    );
  const planned: PlannedAppend[] = [];
  for (const append of appends) planned.push(await drafts.get(append.stream)!.plan(append));
  return planned;
}

export function resultOf(
  planned: PlannedAppend,
  positions: ReadonlyMap<PlannedAppend, bigint>,
  appended: number,
): AppendResult {
  const own = positions.get(planned);
  const repeated = planned.repeats.map((append) => positions.get(append) ?? 0n);
  const position = own ?? [planned.knownPosition, ...repeated].reduce((a, b) => (a > b ? a : b));
  return { stream: planned.append.stream, revision: planned.revision, position, appended };
}

/** A stream as it will be when what is planned so far is written. */
class Draft {
  private readonly pending = new Map<string, KnownEvent & { readonly by: () => PlannedAppend }>();
  private state: KnownStream['state'];
  private revision: number;

  constructor(
    private readonly stream: string,
    private readonly known: KnownStream,
    private readonly session: EsdbSession,
  ) {
    ({ state: this.state, revision: this.revision } = known);
  }

  async plan(append: StreamAppend): Promise<PlannedAppend> {
    const ids = append.events.map(({ id }) => id);
    const stored = await this.storedTwins(ids);
    const { fresh, knownPosition } = decideAppend(
      append,
      { state: this.state, revision: this.revision },
      (id) => this.pending.get(id) ?? stored.get(id),
    );
    const repeats = new Set(ids.map((id) => this.pending.get(id)?.by()).filter((by) => by !== undefined));
    const before = this.revision;
    const planned: PlannedAppend = {
      append,
      known: this.known,
      parts: this.partsOf(append, fresh.map(encodeEvent), before),
      revision: before + fresh.length,
      knownPosition,
      repeats: [...repeats],
    };
    fresh.forEach(({ id, type }, index) =>
      this.pending.set(id, { type, revision: before + 1 + index, position: 0n, by: () => planned }),
    );
    this.revision = planned.revision;
    if (fresh.length > 0) this.state = 'live';
    return planned;
  }

  private partsOf(append: StreamAppend, events: readonly EncodedEvent[], before: number): Part[] {
    const parts: Part[] = [];
    let rest = events;
    let expectedRevision = before;
    while (rest.length > 0) {
      const count = countOfPart(rest);
      parts.push({ stream: this.stream, expectedRevision, events: rest.slice(0, count) });
      expectedRevision += count;
      rest = rest.slice(count);
    }
    if (parts.length > 1 && (append.expectedRevision ?? 'any') !== 'any') throw tooLarge(this.stream);
    return parts;
  }

  /** Of the ids that the stream holds already: under which type, and where. */
  private async storedTwins(ids: readonly string[]): Promise<Map<string, KnownEvent>> {
    const revisions = ids.map((id) => this.known.ids.get(id)).filter((revision) => revision !== undefined);
    const twins = new Map<string, KnownEvent>();
    if (revisions.length === 0) return twins;
    const wanted = new Set(ids);
    const last = Math.max(...revisions);
    for (let from = Math.min(...revisions); from <= last;) {
      const count = Math.min(PAGE, last - from + 1);
      const read = streamRead({ stream: this.stream, direction: 'forwards', from, count });
      const { events } = await readPage(this.session, read);
      for (const event of events) if (wanted.has(event.id)) twins.set(event.id, event);
      from = (events.at(-1)?.revision ?? last) + 1;
    }
    return twins;
  }
}

/** As the server measures an append: payloads, and two bytes a letter of the type. */
export function countOfPart(events: readonly EncodedEvent[]): number {
  let bytes = 0;
  const beyond = events.findIndex(({ type, data, metadata }) => {
    bytes += 2 * type.length + Buffer.byteLength(data) + Buffer.byteLength(metadata ?? '');
    return bytes > PART_BYTES;
  });
  return beyond < 0 ? events.length : Math.max(1, beyond);
}

function tooLarge(stream: string): EventStoreError {
  return new EventStoreError('APPEND_TOO_LARGE', 'the append is larger than the event store writes at once', {
    facts: { stream, bytes: PART_BYTES },
    nextStep: 'append in several steps, or expect any revision: then it is written in parts',
  });
}
