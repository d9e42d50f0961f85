import { setImmediate } from 'node:timers/promises';
import { EventStoreError, type Subscription, type SubscriptionOptions } from '#libs/messaging';
import type { PageSource } from './paging.js';

const DEFAULT_BATCH = 1_000;

interface Waiter {
  readonly target: bigint;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Reads pages until the head, then sleeps until the store calls `wake` after a commit. Between pages other work of the
 * process gets its turn.
 */
export class CatchUpSubscription implements Subscription {
  readonly done: Promise<void>;
  private position: bigint;
  private ended = false;
  private stopping = false;
  private waiters: Waiter[] = [];
  private wakeUp: (() => void) | undefined;

  constructor(
    private readonly source: PageSource,
    private readonly options: SubscriptionOptions,
    private readonly onEnd: (subscription: CatchUpSubscription) => void,
  ) {
    this.position = options.after ?? 0n;
    this.done = this.run();
    // Whoever starts a subscription learns of a failure through `done` or `caughtUp`; it must not end the process by itself.
    this.done.catch(() => undefined);
  }

  wake(): void {
    this.wakeUp?.();
  }

  async caughtUp(): Promise<void> {
    if (this.ended) return this.done.then(() => Promise.reject(stopped()));
    const target = this.source.headPosition();
    if (this.position >= target) return;
    await new Promise<void>((resolve, reject) => this.waiters.push({ target, resolve, reject }));
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.wake();
    await this.done.catch(() => undefined);
  }

  private async run(): Promise<void> {
    let failure: unknown;
    try {
      await setImmediate();
      while (!this.stopping) await this.advance();
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      this.ended = true;
      for (const { reject } of this.waiters.splice(0)) reject(failure ?? stopped());
      this.onEnd(this);
    }
  }

  private async advance(): Promise<void> {
    const page = this.source.pageAfter(
      this.position,
      this.options.filter,
      this.options.batchSize ?? DEFAULT_BATCH,
    );
    if (page.events.length > 0) await this.options.handle(page.events, page.position);
    const moved = page.position > this.position;
    this.position = page.position;
    this.settleWaiters();
    await (moved ? setImmediate() : this.sleep());
  }

  private sleep(): Promise<void> {
    // Nothing was committed since the page was read: that, and this check, happen in one turn of the event loop.
    if (this.source.headPosition() > this.position) return Promise.resolve();
    return new Promise((resolve) => {
      this.wakeUp = () => {
        this.wakeUp = undefined;
        resolve();
      };
    });
  }

  private settleWaiters(): void {
    const reached = this.waiters.filter(({ target }) => target <= this.position);
    this.waiters = this.waiters.filter(({ target }) => target > this.position);
    for (const { resolve } of reached) resolve();
  }
}

function stopped(): EventStoreError {
  return new EventStoreError('SUBSCRIPTION_STOPPED', 'the subscription was stopped before it had caught up');
}
