import { setImmediate } from 'node:timers/promises';
import type { EventFilter, EventStore, RecordedEvent } from '#libs/messaging';
import type { EventsView, EventView } from '#libs/portal-contract';
import { EngineError } from './engine-error.js';
import { VISIBLE_FIELDS } from './visible-fields.js';

export interface EventsQuery {
  readonly order: 'newest' | 'oldest';
  /** Position of the last event that was seen, in the order asked for. */
  readonly after?: string;
  /** Beginning of the names of streams. */
  readonly stream?: string;
  readonly type?: string;
  readonly size: number;
}

/** Positions that are looked through at a time, and in one answer: a filter that hardly anything passes must not hold up everybody else. */
const WINDOW = 20_000n;
const WINDOWS_AN_ANSWER = 50;
const MEMBERS_SHOWN = 50;

/** The event log without what is personal: sealed fields are told by their length. */
export class EventBrowser {
  constructor(private readonly store: Pick<EventStore, 'readAll' | 'head' | 'positions'>) {}

  /** @throws EngineError POSITION_MALFORMED */
  async page(query: EventsQuery): Promise<EventsView> {
    if (this.store.positions === 'sparse') return this.straight(query);
    const { order, size } = query;
    const head = await this.store.head();
    const events: RecordedEvent[] = [];
    let seen = positionOf(query, head);
    for (let window = 0; window < WINDOWS_AN_ANSWER && events.length < size; window++) {
      const bounds = order === 'oldest' ? windowAfter(seen, head) : windowBefore(seen);
      if (bounds === undefined) return { rows: events.map(viewOf) };
      const found = await this.within(bounds, query);
      const taken = (order === 'oldest' ? found : found.reverse()).slice(0, size - events.length);
      events.push(...taken);
      seen = order === 'oldest' ? bounds.upTo : bounds.from + 1n;
      await setImmediate();
    }
    const last = events.length === size ? events[size - 1].position : seen;
    return { rows: events.map(viewOf), next: last.toString() };
  }

  /** A store that is a server filters there, and holds up nobody here. */
  private async straight(query: EventsQuery): Promise<EventsView> {
    const { order, size, stream, type, after } = query;
    const direction = order === 'oldest' ? 'forwards' : 'backwards';
    const from = after === undefined ? undefined : positionOf(query, 0n);
    const events: RecordedEvent[] = [];
    const filter = filterOf(stream, type);
    for await (const event of this.store.readAll({ direction, from, filter, maxCount: size }))
      events.push(event);
    const rows = events.map(viewOf);
    return events.length < size ? { rows } : { rows, next: events[size - 1].position.toString() };
  }

  /** In the order of the log; without a filter no more than are asked for, from the side that is asked for. */
  private async within(
    { from, upTo }: Bounds,
    { order, size, stream, type }: EventsQuery,
  ): Promise<RecordedEvent[]> {
    const filter = filterOf(stream, type);
    const isDense = filter === undefined;
    const asked = isDense && order === 'newest' ? { upTo, direction: 'backwards' as const } : { from, upTo };
    const found: RecordedEvent[] = [];
    const maxCount = isDense ? size : undefined;
    for await (const event of this.store.readAll({ ...asked, filter, maxCount }))
      if (event.position > from) found.push(event);
    return isDense && order === 'newest' ? found.reverse() : found;
  }
}

/** from < position ≤ upTo. */
interface Bounds {
  readonly from: bigint;
  readonly upTo: bigint;
}

function windowAfter(seen: bigint, head: bigint): Bounds | undefined {
  if (seen >= head) return undefined;
  return { from: seen, upTo: seen + WINDOW < head ? seen + WINDOW : head };
}

function windowBefore(seen: bigint): Bounds | undefined {
  const upTo = seen - 1n;
  if (upTo <= 0n) return undefined;
  return { from: upTo > WINDOW ? upTo - WINDOW : 0n, upTo };
}

function positionOf({ after, order }: EventsQuery, head: bigint): bigint {
  if (after === undefined) return order === 'oldest' ? 0n : head + 1n;
  if (!/^\d{1,18}$/.test(after))
    throw new EngineError('POSITION_MALFORMED', 'after is not a position of the log', {
      nextStep: 'Take it from `next` of the page before.',
    });
  return BigInt(after);
}

function filterOf(stream: string | undefined, type: string | undefined): EventFilter | undefined {
  if (stream === undefined && type === undefined) return undefined;
  return {
    ...(type !== undefined && { types: [type] }),
    ...(stream !== undefined && { streamPrefixes: [stream] }),
  };
}

function viewOf({ position, stream, revision, type, recordedAt, data }: RecordedEvent): EventView {
  const visible: readonly string[] = Object.hasOwn(VISIBLE_FIELDS, type)
    ? VISIBLE_FIELDS[type as keyof typeof VISIBLE_FIELDS]
    : [];
  const fields = Object.entries(data as Readonly<Record<string, unknown>>);
  return {
    position: position.toString(),
    stream,
    revision,
    type,
    recordedAt,
    data: Object.fromEntries(
      fields.map(([name, value]) => [name, visible.includes(name) ? shown(value) : hidden(value)]),
    ),
  };
}

/** A long list is cut, so that a page of events stays a page. */
function shown(value: unknown): unknown {
  if (!Array.isArray(value) || value.length <= MEMBERS_SHOWN) return value;
  return { first: value.slice(0, MEMBERS_SHOWN) as unknown[], of: value.length };
}

function hidden(value: unknown): { readonly hidden: number } {
  return { hidden: typeof value === 'string' ? value.length : JSON.stringify(value).length };
}
