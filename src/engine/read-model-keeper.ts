import { isCodedError } from '#libs/essentials';
import { eventsBetween, type EventStore } from '#libs/messaging';
import type { ProjectionsView } from '#libs/portal-contract';
import type { WatchedReadModels } from './ports.js';

/** How far the read models are, and their rebuilding, one at a time. */
export class ReadModelKeeper {
  private rebuilding = false;
  private failure: string | undefined;

  constructor(
    private readonly store: Pick<EventStore, 'head' | 'positions'>,
    private readonly models: WatchedReadModels,
  ) {}

  async view(): Promise<ProjectionsView> {
    const position = await this.models.position();
    const lacked = await this.models.firstLacked();
    const head = await this.store.head();
    return {
      head: head.toString(),
      position: position.toString(),
      lagEvents: lacked === undefined ? 0 : eventsBetween(this.store, lacked.position, head) + 1,
      rebuilding: this.rebuilding,
      ...(this.failure !== undefined && { failure: this.failure }),
    };
  }

  /** Begins to build them again, unless that is under way; whoever asks them meanwhile waits. */
  rebuild(): void {
    if (this.rebuilding) return;
    this.rebuilding = true;
    this.failure = undefined;
    this.models
      .rebuild()
      .catch((error: unknown) => (this.failure = isCodedError(error) ? error.code : 'INTERNAL'))
      .finally(() => (this.rebuilding = false));
  }
}
