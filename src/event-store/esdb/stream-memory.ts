import type { StreamHead } from '../append-decision.js';
import { readPage } from './event-pages.js';
import type { EsdbSession } from './esdb-session.js';
import { streamRead } from './read-request.js';

export interface KnownStream extends StreamHead {
  /** Revision by event id, of the stream's last events. */
  readonly ids: ReadonlyMap<string, number>;
}

const PAGE = 1_000;
const NO_IDS: ReadonlyMap<string, number> = new Map();
const MISSING: KnownStream = { state: 'missing', revision: -1, ids: NO_IDS };
const TOMBSTONED: KnownStream = { state: 'tombstoned', revision: -1, ids: NO_IDS };

/** A repetition is recognised among so many last events of a stream; the port says so. */
export const REPETITIONS_KNOWN = 100_000;
/** Ids of all streams together, at most: about 50 MB. */
const IDS_KEPT = 500_000;

/**
 * Which ids a stream holds, since the server cannot be asked for one. What is remembered may be out of date: appends name the exact
 * revision that it was true for, so that the server refuses what was decided on old knowledge.
 */
export class StreamMemory {
  private readonly streams = new Map<string, KnownStream>();
  private ids = 0;

  constructor(private readonly session: EsdbSession) {}

  /** The least revision that the stream has, as far as anything is remembered of it. */
  leastRevision(stream: string): number {
    return this.streams.get(stream)?.revision ?? -1;
  }

  async known(stream: string): Promise<KnownStream> {
    const known = this.streams.get(stream) ?? (await this.read(stream));
    this.remember(stream, known);
    return known;
  }

  /** Notes what was appended to a stream of which this was known. */
  appended(stream: string, known: KnownStream, ids: readonly string[]): void {
    this.forget(stream); // counted again below
    const all = known.state === 'live' ? (known.ids as Map<string, number>) : new Map<string, number>();
    let { revision } = known;
    for (const id of ids) all.set(id, ++revision);
    for (const id of all.keys()) {
      if (all.size <= REPETITIONS_KNOWN) break;
      all.delete(id);
    }
    this.remember(stream, { state: 'live', revision, ids: all });
  }

  forget(stream: string): void {
    this.ids -= this.streams.get(stream)?.ids.size ?? 0;
    this.streams.delete(stream);
  }

  private remember(stream: string, known: KnownStream): void {
    this.forget(stream); // the last used one is the last to be dropped
    if (known.state !== 'live') return;
    this.streams.set(stream, known);
    this.ids += known.ids.size;
    for (const oldest of this.streams.keys()) {
      if (this.ids <= IDS_KEPT || oldest === stream) break;
      this.forget(oldest);
    }
  }

  private async read(stream: string): Promise<KnownStream> {
    const newestFirst: (readonly [id: string, revision: number])[] = [];
    let from = -1;
    do {
      const page = await readPage(
        this.session,
        streamRead({ stream, direction: 'backwards', from, count: PAGE }),
      );
      if (page.state !== 'found') return page.state === 'missing' ? MISSING : TOMBSTONED;
      for (const { id, revision } of page.events) newestFirst.push([id, revision]);
      from = (page.events.at(-1)?.revision ?? 0) - 1;
    } while (from >= 0 && newestFirst.length < REPETITIONS_KNOWN);
    const revision = newestFirst[0]?.[1] ?? -1;
    if (revision < 0) return MISSING;
    return { state: 'live', revision, ids: new Map(newestFirst.reverse()) };
  }
}
