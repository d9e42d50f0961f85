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
 * process gets its turn. It asks for a page when it has handled the one before: a slow handler never makes events pile up.
 */
export class CatchUpSubscription implements Subscription {
  readonly done: Promise<void>;
  private position: bigint;
  private ended = false;
  private readonly stopping = new AbortController();
  private waiters: Waiter[] = [];
  private woken = false;
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
    this.woken = true;
    this.wakeUp?.();
  }

  async caughtUp(): Promise<void> {
    if (!this.ended) {
      const target = await this.source.headPosition();
      if (this.position >= target) return;
      if (!this.ended) return this.reached(target);
    }
    return this.done.then(() => Promise.reject(stopped()));
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.wake();
    await this.done.catch(() => undefined);
  }

  private reached(target: bigint): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiters.push({ target, resolve, reject });
      this.wake();
    });
  }

  private async run(): Promise<void> {
    let failure: unknown;
    try {
      await setImmediate();
      while (!this.stopping.signal.aborted) await this.advance();
    } catch (error) {
      if (error === this.stopping.signal.reason) return;
      failure = error;
      throw error;
    } finally {
      this.ended = true;
      for (const { reject } of this.waiters.splice(0)) reject(failure ?? stopped());
      this.onEnd(this);
    }
  }

  private async advance(): Promise<void> {
    const { filter, batchSize = DEFAULT_BATCH, handle } = this.options;
    this.woken = false; // whatever is committed from here on wakes again
    const page = await this.source.pageAfter(this.position, filter, batchSize, this.stopping.signal);
    if (this.stopping.signal.aborted) return;
    if (page.events.length > 0) await handle(page.events, page.position);
    const moved = page.position > this.position;
    if (moved) this.position = page.position;
    this.settleWaiters();
    await (moved ? setImmediate() : this.sleep());
  }

  private sleep(): Promise<void> {
    if (this.woken) return Promise.resolve();
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
