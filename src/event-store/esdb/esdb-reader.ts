import type { EventFilter, ReadAllOptions, ReadStreamOptions, RecordedEvent } from '#libs/messaging';
import { refuseTombstoned } from '../append-decision.js';
import type { Page } from '../paging.js';
import { CARRIED_APART, type CarriedPositions } from './carried-positions.js';
import { readPage, type EventPage } from './event-pages.js';
import { NodeBehind } from './esdb-failure.js';
import type { EsdbSession, RunOptions } from './esdb-session.js';
import { concerns } from './own-events.js';
import { allRead, streamRead, type AllRead, type ReadDirection, type StreamRead } from './read-request.js';
import type { StreamMemory } from './stream-memory.js';
import type { StreamEnd, TombstoneRegister } from './tombstone-register.js';

const PAGE = 1_000;
/** A subscription goes on trying: whoever started it has nobody else to ask. */
const FOR_EVER = { patience: Infinity } as const;

const START = -1;

/** Reads in pages, each by a call of its own: a page that is being worked on holds no call open, and nothing is held beyond it. */
export class EsdbReader {
  private newest = 0n;

  constructor(
    private readonly session: EsdbSession,
    private readonly tombstones: TombstoneRegister,
    private readonly carried: CarriedPositions,
    private readonly memory: Pick<StreamMemory, 'leastRevision'>,
  ) {}

  /** The log reaches there, for it was appended to: a node that says less is not believed. */
  knows(position: bigint): void {
    if (position > this.newest) this.newest = position;
  }

  async *stream(stream: string, options: ReadStreamOptions): AsyncGenerator<RecordedEvent, void, undefined> {
    const { direction = 'forwards', maxCount = Infinity } = options;
    this.session.refuseClosed();
    let from: number | undefined = await this.firstRevision(stream, options);
    for (let left = maxCount; left > 0 && from !== undefined;) {
      this.session.refuseClosed();
      if (this.tombstones.has(stream)) refuseTombstoned(stream, TOMBSTONED);
      const count = Math.min(left, PAGE);
      const page = await this.pageOfStream({ stream, direction, from, count });
      if (page.state === 'deleted') refuseTombstoned(stream, TOMBSTONED);
      yield* page.events;
      if (page.events.length < count && !page.cut) return;
      left -= page.events.length;
      from = nextRevision(page.events.at(-1)!.revision, direction);
    }
  }

  async *all(options: ReadAllOptions): AsyncGenerator<RecordedEvent, void, undefined> {
    this.session.refuseClosed();
    if (passesNothing(options.filter)) return;
    const { direction = 'forwards', filter, upTo, maxCount = Infinity } = options;
    const [head] = await Promise.all([this.head(), this.tombstones.refresh()]);
    const last = upTo === undefined || upTo > head ? head : upTo;
    let left = maxCount;
    const pages =
      direction === 'forwards'
        ? this.forwards(options.from ?? 0n, last, filter)
        : this.backwards(options.from, last, filter);
    for await (const event of left > 0 ? pages : []) {
      yield event;
      if (--left <= 0) return;
    }
  }

  /** What a subscription that has come to `position` is given next. */
  async pageAfter(
    position: bigint,
    filter: EventFilter | undefined,
    limit: number,
    signal: AbortSignal,
  ): Promise<Page> {
    const options = { ...FOR_EVER, signal };
    // First the head, then what is before it: both come from the leader, so that nothing before this head can appear later.
    const head = await this.head(options);
    if (head <= position || passesNothing(filter))
      return { events: [], position: head > position ? head : position };
    const [page] = await Promise.all([
      this.after(position, limit + 1, filter, options),
      this.tombstones.refresh(),
    ]);
    const passing = this.passing(page.events, filter, position, head);
    const more = passing.length > limit || page.cut || page.events.length > limit;
    if (!more) return { events: passing, position: head };
    const events = passing.slice(0, limit);
    const looked = (passing.length > limit ? events : page.events).at(-1)?.position ?? position;
    return { events, position: looked < head ? looked : head };
  }

  /** Position of the last event that anybody appended through the port, scavenged ones of tombstoned streams included. */
  head(options?: RunOptions): Promise<bigint> {
    this.session.refuseClosed();
    return this.session.run(async () => {
      const head = await this.headAsToldNow(options);
      if (head < this.newest) throw new NodeBehind('the node has a shorter log than it had');
      this.newest = head;
      return head;
    }, options);
  }

  private async headAsToldNow(options?: RunOptions): Promise<bigint> {
    let from: AllRead['from'] = 'end';
    for (;;) {
      const read = allRead({ direction: 'backwards', from, count: 1 });
      const [event] = (await readPage(this.session, read, options)).events;
      if (event === undefined || concerns(undefined, event))
        return highest(event?.position ?? 0n, this.tombstones.position, this.carried.head);
      from = event.position;
    }
  }

  async endOf(stream: string): Promise<StreamEnd> {
    const read = streamRead({ stream, direction: 'backwards', from: START, count: 1 });
    const { state, events } = await readPage(this.session, read);
    const [event] = events;
    if (state === 'deleted') return { ...TOMBSTONED, position: 0n };
    if (event === undefined) return { state: 'missing', revision: -1, position: 0n };
    return { state: 'live', revision: event.revision, position: event.position };
  }

  /** A page of a stream from a node that has at least what is known of it. */
  private pageOfStream(read: StreamRead): Promise<EventPage> {
    const { stream, direction, from, count } = read;
    return this.session.run(async () => {
      const page = await readPage(this.session, streamRead(read));
      const isEnd = direction === 'forwards' && page.events.length < count && !page.cut;
      const isFromEnd = direction === 'backwards' && from === START;
      const last = (isEnd ? page.events.at(-1) : page.events.at(0))?.revision;
      const shown = last ?? (isEnd ? Math.max(from, 0) - 1 : START);
      if (page.state !== 'deleted' && (isEnd || isFromEnd) && shown < this.memory.leastRevision(stream))
        throw new NodeBehind('the node has a shorter stream than it had');
      return page;
    });
  }

  /** The server reads a window of revisions backwards, which is empty when it lies behind the stream's end. */
  private async firstRevision(
    stream: string,
    { direction, fromRevision = START }: ReadStreamOptions,
  ): Promise<number> {
    if (direction !== 'backwards' || fromRevision === START) return fromRevision;
    const { revision } = await this.endOf(stream);
    return Math.min(fromRevision, revision);
  }

  private async *forwards(after: bigint, last: bigint, filter: EventFilter | undefined) {
    for (let from = after; from < last;) {
      this.session.refuseClosed();
      const page = await this.after(from, PAGE, filter);
      yield* this.passing(page.events, filter, from, last);
      if (page.events.length < PAGE && !page.cut) return;
      from = page.events.at(-1)?.position ?? from;
    }
  }

  private async *backwards(from: bigint | undefined, last: bigint, filter: EventFilter | undefined) {
    let before = from !== undefined && from <= last ? from : await this.behind(last);
    for (let more = true; more;) {
      this.session.refuseClosed();
      const count = this.countAround(before, PAGE);
      const at = before === undefined ? 'end' : this.carried.behind(before);
      const read = allRead({ direction: 'backwards', from: at, count, filter });
      const page = await readPage(this.session, read);
      const below: bigint | undefined = before;
      const events = page.events.filter(({ position }) => below === undefined || position < below);
      yield* this.passing(events, filter, 0n, last);
      more = page.events.length === count || page.cut;
      before = events.at(-1)?.position ?? before;
    }
  }

  /** Events after a position; the server gives the one at the position, too, which counts when a page is measured. */
  private async after(
    position: bigint,
    count: number,
    filter: EventFilter | undefined,
    options?: RunOptions,
  ): Promise<EventPage> {
    const asked = this.countAround(position, count + 1);
    const read = allRead({
      direction: 'forwards',
      from: this.carried.before(position),
      count: asked,
      filter,
    });
    const page = await readPage(this.session, read, options);
    const beyond = page.events.filter((event) => event.position > position);
    return { ...page, events: beyond.slice(0, count), cut: page.cut || beyond.length > count };
  }

  /** Where backwards reading begins so that it comes upon the event at this position first: at the next event, or the end. */
  private async behind(position: bigint): Promise<bigint | undefined> {
    const page = await this.after(position, 1, undefined);
    return page.events.at(0)?.position;
  }

  /** Among what was carried over, reading begins at a landmark. */
  private countAround(position: bigint | undefined, count: number): number {
    return position !== undefined && this.carried.has(position) ? count + CARRIED_APART : count;
  }

  private passing(
    events: readonly RecordedEvent[],
    filter: EventFilter | undefined,
    after: bigint,
    last: bigint,
  ): RecordedEvent[] {
    return events.filter(
      (event) =>
        event.position > after &&
        event.position <= last &&
        concerns(filter, event) &&
        !this.tombstones.has(event.stream),
    );
  }
}

function highest(...positions: readonly bigint[]): bigint {
  return positions.reduce((one, other) => (one > other ? one : other));
}

const TOMBSTONED = { state: 'tombstoned', revision: -1 } as const;

function nextRevision(revision: number, direction: ReadDirection): number | undefined {
  if (direction === 'forwards') return revision + 1;
  return revision === 0 ? undefined : revision - 1;
}

/** The server takes no empty list. */
function passesNothing({ types, streamPrefixes }: EventFilter = {}): boolean {
  return types?.length === 0 || streamPrefixes?.length === 0;
}
