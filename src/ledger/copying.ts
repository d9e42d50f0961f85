import type { Ledger } from './ledger.js';
import type { ObjectCopy } from './object-copy.js';

const AGAIN = 30_000; // milliseconds until what failed is tried again, where nothing is published before

/**
 * Keeps a copy of the log up with it. Whoever appends does not wait for that: a copy that could not be brought up is behind, never wrong,
 * and the next publication brings it all.
 */
export class Copying {
  private running: Promise<void> | undefined;
  private isDue = false;
  private again: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(
    private readonly ledger: Pick<Ledger, 'bringCopy'>,
    private readonly copy: ObjectCopy,
    private readonly onFailure: (reason: unknown) => void,
  ) {}

  /** To be called after each publication. */
  due(): void {
    if (this.stopped) return;
    this.isDue = true;
    this.running ??= this.bring().finally(() => (this.running = undefined));
  }

  /** Lets what is under way end. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.again);
    await this.running;
  }

  private async bring(): Promise<void> {
    while (this.isDue) {
      this.isDue = false;
      try {
        await this.ledger.bringCopy(this.copy);
      } catch (reason) {
        this.onFailure(reason);
        this.tryAgainLater();
      }
    }
  }

  private tryAgainLater(): void {
    if (this.stopped) return;
    clearTimeout(this.again);
    this.again = setTimeout(() => this.due(), AGAIN);
    this.again.unref();
  }
}
