import type { EsdbSession } from './esdb-session.js';
import { CARRIED, INTERNAL_PREFIX } from './own-events.js';
import { OwnStream } from './own-stream.js';

const LANDMARK = `${INTERNAL_PREFIX}EventsCarried`;
const DONE = `${INTERNAL_PREFIX}CarryingDone`;
const PADDING = `${INTERNAL_PREFIX}Padding`;

/** Events from one landmark to the next, at most. */
export const CARRIED_APART = 1_000;

interface Landmark {
  readonly carried: string;
  readonly server: string;
}

/**
 * Positions of a log that was carried over from a file. They stay what they were, since manifests, checkpoints and certificates name
 * them; they are all below the server's own. Landmarks, one in a thousand events at least, say where the server is to begin reading.
 */
export class CarriedPositions {
  private readonly stream: OwnStream<Partial<Landmark>>;
  private readonly landmarks: { readonly carried: bigint; readonly server: bigint }[] = [];
  private highest = 0n;
  private done = false;

  constructor(session: EsdbSession) {
    this.stream = new OwnStream(session, CARRIED, ({ type, data }) => {
      if (type === LANDMARK)
        this.landmarks.push({ carried: BigInt(data.carried!), server: BigInt(data.server!) });
      if (type !== PADDING) this.highest = BigInt(data.carried!);
      this.done ||= type === DONE;
    });
  }

  open(): Promise<void> {
    return this.stream.refresh();
  }

  get state(): 'none' | 'begun' | 'done' {
    if (this.done) return 'done';
    return this.landmarks.length === 0 ? 'none' : 'begun';
  }

  /** The head of the log that was carried over; 0n when there was none. */
  get head(): bigint {
    return this.highest;
  }

  has(position: bigint): boolean {
    return position > 0n && position <= this.highest;
  }

  /** Where the server begins so that it misses nothing after a position. */
  before(position: bigint): bigint | 'start' {
    if (position <= 0n) return 'start';
    if (!this.has(position)) return position;
    return this.landmarks.findLast(({ carried }) => carried <= position)?.server ?? 'start';
  }

  /** Where it begins, backwards, so that it misses nothing before a position. */
  behind(position: bigint): bigint | 'end' {
    if (!this.has(position)) return position;
    return this.landmarks.find(({ carried }) => carried >= position)?.server ?? 'end';
  }

  async addLandmark(carried: bigint, server: bigint): Promise<void> {
    await this.stream.write(LANDMARK, { carried: String(carried), server: String(server) });
  }

  /** @param head of the log that was carried over, which its last events may have left when they were deleted */
  async finish(head: bigint): Promise<void> {
    // The server's positions count bytes, so they are beyond the file's as a rule; not where a long log was deleted almost whole.
    const padding = { carried: 'x'.repeat(500_000) };
    for (let server = 0n; server <= head;) server = await this.stream.write(PADDING, padding);
    await this.stream.write(DONE, { carried: String(head) });
  }
}
