import { END, eventTypeFilter, type AllStreamSubscription } from '@eventstore/db-client';
import type { EsdbSession } from './esdb-session.js';

/** No event has this type: the server sends how far it has looked, and no payloads. */
const NOTHING = 'lacuna-nothing-at-all';
/** Milliseconds after which it is looked without being called: a server may be sparing with its checkpoints. */
const LOOK_AGAIN = 2_000;

/**
 * Calls when the log has grown, whoever has written: a subscription to $all that matches nothing and has a checkpoint after every event.
 * Where it breaks it is taken up again, and calls once, since something may have been missed.
 */
export class HeadWatch {
  private readonly running: Promise<void>;
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly session: EsdbSession,
    private readonly onGrowth: () => void,
  ) {
    this.timer = setInterval(onGrowth, LOOK_AGAIN).unref();
    this.running = this.run();
  }

  /** Resolves when nothing runs any more, after the session was closed. */
  async ended(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  private async run(): Promise<void> {
    const { ended } = this.session;
    for (let attempt = 0; !ended.aborted; attempt++) {
      try {
        await this.session.run((client) => {
          const subscription = client.subscribeToAll({
            fromPosition: END,
            requiresLeader: true,
            filter: eventTypeFilter({
              prefixes: [NOTHING],
              maxSearchWindow: 1,
              checkpointInterval: 1,
              checkpointReached: () => {
                attempt = 0;
                this.onGrowth();
              },
            }),
          });
          return this.broken(subscription);
        });
      } catch {
        // `run` has tried for as long as it does; the timer calls meanwhile
      }
      this.onGrowth();
      await this.session.sleep(this.session.pauseAfter(attempt)).catch(() => undefined);
    }
  }

  /** Rejects when the subscription breaks, resolves when it ends. */
  private broken(subscription: AllStreamSubscription): Promise<void> {
    return new Promise((resolve, reject) => {
      subscription.on('error', reject);
      subscription.on('end', resolve);
      subscription.on('close', resolve);
      subscription.resume(); // a stream that nobody reads stands still
      this.session.ended.addEventListener('abort', () => resolve(), { once: true });
    });
  }
}
