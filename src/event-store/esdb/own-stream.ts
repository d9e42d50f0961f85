import { randomUUID } from 'node:crypto';
import { readPage } from './event-pages.js';
import { failureOf } from './esdb-failure.js';
import type { EsdbSession } from './esdb-session.js';
import { EsdbWriter } from './esdb-writer.js';
import { streamRead } from './read-request.js';

const PAGE = 1_000;

export interface OwnEvent<Data> {
  readonly type: string;
  readonly data: Data;
}

/** A stream that the adapter keeps for itself; what is in it is folded once, and then what is new. */
export class OwnStream<Data> {
  private readonly writer: EsdbWriter;
  private revision = -1;

  constructor(
    private readonly session: EsdbSession,
    private readonly name: string,
    private readonly apply: (event: OwnEvent<Data>) => void,
  ) {
    this.writer = new EsdbWriter(session);
  }

  /** Reads what another process has written since. */
  async refresh(): Promise<void> {
    for (let more = true; more;) {
      const read = streamRead({
        stream: this.name,
        direction: 'forwards',
        from: this.revision + 1,
        count: PAGE,
      });
      const page = await readPage(this.session, read);
      for (const { type, data, revision } of page.events) this.take({ type, data: data as Data }, revision);
      more = page.cut || page.events.length === PAGE;
    }
  }

  /** @returns where it stands in the log of the server */
  async write(type: string, data: Data): Promise<bigint> {
    const event = { id: randomUUID(), type, data: JSON.stringify(data), metadata: null };
    for (;;) {
      const expectedRevision = this.revision;
      const positions: (bigint | undefined)[] = [undefined];
      try {
        await this.writer.write([{ stream: this.name, expectedRevision, events: [event] }], positions);
        this.take({ type, data }, expectedRevision + 1);
        return positions[0]!;
      } catch (error) {
        if (failureOf(error) !== 'wrong-revision') throw error;
        await this.refresh(); // another process has written
      }
    }
  }

  private take(event: OwnEvent<Data>, revision: number): void {
    if (revision <= this.revision) return;
    this.revision = revision;
    this.apply(event);
  }
}
