import type { AppendOptions } from '#libs/messaging';
import { checkRevision, type StreamHead } from '../append-decision.js';
import { failureOf } from './esdb-failure.js';
import type { EsdbSession } from './esdb-session.js';
import { INTERNAL_PREFIX, TOMBSTONES } from './own-events.js';
import { OwnStream } from './own-stream.js';

const TOMBSTONED = `${INTERNAL_PREFIX}StreamTombstoned`;
const REFUSED = `${INTERNAL_PREFIX}TombstoneRefused`;

interface Entry {
  readonly stream: string;
  /** Of the stream's last event at the time, -1 when there was none. */
  readonly revision: number;
  /** Position of that event, 0 when there was none. */
  readonly position: string;
}

/** The end of a stream as the server has it now. */
export interface StreamEnd extends StreamHead {
  readonly position: bigint;
}

/**
 * Which streams were tombstoned. The server goes on showing a deleted stream's events in $all until it is scavenged; asking it stream by
 * stream would cost a call each. So every tombstone is first written down in a stream of its own, which this reads: at the beginning
 * whole, then what is new. The last entry may be one whose tombstone a crash prevented; it is made up for when the register is opened.
 */
export class TombstoneRegister {
  private readonly streams = new Set<string>();
  private readonly stream: OwnStream<Entry>;
  private last: Entry | undefined;
  private highest = 0n;

  constructor(private readonly session: EsdbSession) {
    this.stream = new OwnStream(session, TOMBSTONES, ({ type, data }) => this.apply(type, data));
  }

  async open(): Promise<void> {
    await this.refresh();
    if (this.last !== undefined) await this.complete(this.last);
  }

  has(stream: string): boolean {
    return this.streams.has(stream);
  }

  /** The highest position that an event of a tombstoned stream had. */
  get position(): bigint {
    return this.highest;
  }

  /** Reads what another process has written since. */
  refresh(): Promise<void> {
    return this.stream.refresh();
  }

  /**
   * One at a time, and with nobody appending to the stream.
   *
   * @param endOf asked again when somebody else has appended in between
   * @throws EventStoreError WRONG_EXPECTED_REVISION
   */
  async tombstone(
    stream: string,
    options: AppendOptions,
    endOf: (stream: string) => Promise<StreamEnd>,
  ): Promise<void> {
    do {
      const end = await endOf(stream);
      if (end.state !== 'tombstoned') checkRevision(stream, end, options.expectedRevision);
      await this.stream.write(TOMBSTONED, {
        stream,
        revision: end.revision,
        position: end.position.toString(),
      });
    } while (!(await this.complete(this.last!)));
  }

  /** @returns false when the stream had moved on, and is not tombstoned therefore */
  private async complete({ stream, revision, position }: Entry): Promise<boolean> {
    const expectedRevision = revision < 0 ? 'no_stream' : BigInt(revision);
    try {
      await this.session.run((client) =>
        client.tombstoneStream(stream, { expectedRevision, requiresLeader: true }),
      );
    } catch (error) {
      const failure = failureOf(error);
      if (failure === 'stream-deleted') return true; // an attempt before had come this far
      if (failure !== 'wrong-revision') throw error;
      await this.stream.write(REFUSED, { stream, revision, position });
      return false;
    }
    return true;
  }

  private apply(type: string, entry: Entry): void {
    this.last = type === TOMBSTONED ? entry : undefined;
    const position = BigInt(entry.position);
    if (position > this.highest) this.highest = position;
    if (type === TOMBSTONED) this.streams.add(entry.stream);
    else this.streams.delete(entry.stream);
  }
}
