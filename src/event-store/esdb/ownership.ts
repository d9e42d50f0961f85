import type { EsdbSession } from './esdb-session.js';
import { INTERNAL_PREFIX, OWNER } from './own-events.js';
import { OwnStream } from './own-stream.js';

const CLAIMED = `${INTERNAL_PREFIX}InstallationClaimed`;

/** Whose a store is that several installations could reach: of the first that wrote it down. */
export class Ownership {
  private readonly stream: OwnStream<{ readonly installation: string }>;
  private first: string | undefined;

  constructor(session: EsdbSession) {
    this.stream = new OwnStream(session, OWNER, ({ data }) => {
      this.first ??= data.installation;
    });
  }

  open(): Promise<void> {
    return this.stream.refresh();
  }

  get owner(): string | undefined {
    return this.first;
  }

  /** Of two that come at the same time one is the first, and both hear which. */
  async claim(installation: string): Promise<string> {
    await this.stream.refresh();
    if (this.first === undefined) await this.stream.write(CLAIMED, { installation });
    return this.first!;
  }
}
