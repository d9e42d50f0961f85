import { EventStoreError, type AppendResult, type StreamAppend } from '#libs/messaging';
import { planAppends, resultOf, type PlannedAppend } from './append-plan.js';
import { failureOf } from './esdb-failure.js';
import type { EsdbSession } from './esdb-session.js';
import { EsdbWriter } from './esdb-writer.js';
import type { StreamMemory } from './stream-memory.js';

/** Another writer that is always faster is a second installation at work on the same streams. */
const ROUNDS = 20;

interface Open {
  readonly append: StreamAppend;
  readonly at: number;
  /** Events written in rounds before, of an append in several parts. */
  appended: number;
}

/** Decides, writes, and decides again what another writer has overtaken. */
export class EsdbAppender {
  private readonly writer: EsdbWriter;

  constructor(
    private readonly session: EsdbSession,
    private readonly memory: StreamMemory,
  ) {
    this.writer = new EsdbWriter(session);
  }

  async append(appends: readonly StreamAppend[]): Promise<AppendResult[]> {
    const results = new Array<AppendResult>(appends.length);
    let open: Open[] = appends.map((append, at) => ({ append, at, appended: 0 }));
    for (let round = 0; round < ROUNDS; round++) {
      const planned = await planAppends(
        open.map(({ append }) => append),
        this.memory,
        this.session,
      );
      const { positions, failure } = await this.write(planned);
      open = this.settle(open, planned, positions, results);
      if (failure === undefined) return results;
      if (!overtaken(failure)) throw failure as Error;
    }
    throw new EventStoreError('STORE_UNAVAILABLE', 'another writer keeps appending to the same streams', {
      nextStep: 'check that no second installation writes to this event store, then append again',
    });
  }

  /** @returns the positions of the parts that were written, in order */
  private async write(
    planned: readonly PlannedAppend[],
  ): Promise<{ positions: readonly (bigint | undefined)[]; failure: unknown }> {
    const parts = planned.flatMap((append) => append.parts);
    const positions = new Array<bigint | undefined>(parts.length).fill(undefined);
    let failure: unknown;
    try {
      await this.writer.write(parts, positions);
    } catch (error) {
      failure = error;
    }
    return { positions, failure };
  }

  /** @returns what is still to be done */
  private settle(
    open: readonly Open[],
    planned: readonly PlannedAppend[],
    positions: readonly (bigint | undefined)[],
    results: AppendResult[],
  ): Open[] {
    const last = new Map<PlannedAppend, bigint>();
    const left: Open[] = [];
    let at = 0;
    for (const [index, append] of planned.entries()) {
      const own = positions.slice(at, (at += append.parts.length));
      const written = append.parts.filter((_, part) => own[part] !== undefined);
      const one = open[index];
      one.appended += written.reduce((sum, { events }) => sum + events.length, 0);
      if (written.length < append.parts.length) left.push(one);
      else {
        const position = own.at(-1);
        if (position !== undefined) last.set(append, position);
        results[one.at] = resultOf(append, last, one.appended);
      }
    }
    this.note(planned, new Set(left.map(({ append }) => append.stream)));
    return left;
  }

  /** What is known of a stream of which something is in doubt is read again. */
  private note(planned: readonly PlannedAppend[], inDoubt: ReadonlySet<string>): void {
    const added = new Map<string, { known: PlannedAppend['known']; ids: string[] }>();
    for (const { append, known, parts } of planned) {
      const ids = parts.flatMap(({ events }) => events.map(({ id }) => id));
      const entry = added.get(append.stream);
      if (entry !== undefined) entry.ids.push(...ids);
      else if (ids.length > 0) added.set(append.stream, { known, ids });
    }
    for (const [stream, { known, ids }] of added)
      if (inDoubt.has(stream)) this.memory.forget(stream);
      else this.memory.appended(stream, known, ids);
  }
}

function overtaken(failure: unknown): boolean {
  const kind = failureOf(failure);
  return kind === 'wrong-revision' || kind === 'stream-deleted';
}
