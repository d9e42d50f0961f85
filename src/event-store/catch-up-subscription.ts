import { setImmediate } from 'node:timers/promises';
import {
  EventStoreError,
  type RecordedEvent,
  type Subscription,
  type SubscriptionOptions,
} from '#libs/messaging';
import { passes } from './event-filter.js';
import type { Page, PageSource } from './paging.js';

const DEFAULT_BATCH = 1_000;

/** What a commit has added to the log. */
export interface Growth {
  /** Head before it. */
  readonly after: bigint;
  /** Head since. */
  readonly upTo: bigint;
  /** At least those that it added. */
  readonly events: readonly Pick<RecordedEvent, 'type' | 'stream'>[];
}

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
  private readonly batchSize: number;
  private ended = false;
  private readonly stopping = new AbortController();
  private waiters: Waiter[] = [];
  private woken = false;
  private wakeUp: (() => void) | undefined;
  private hurry: (() => void) | undefined;

  constructor(
    private readonly source: PageSource,
    private readonly options: SubscriptionOptions,
    private readonly onEnd: (subscription: CatchUpSubscription) => void,
  ) {
    this.position = options.after ?? 0n;
    this.batchSize = options.batchSize ?? DEFAULT_BATCH;
    this.done = this.run();
    // Whoever starts a subscription learns of a failure through `done` or `caughtUp`; it must not end the process by itself.
    this.done.catch(() => undefined);
  }

  wake(): void {
    this.woken = true;
    this.wakeUp?.();
  }

  /** Wakes it, unless it sleeps at the head from before and none of these events are for it: then it has looked at them, too. */
  grown({ after, upTo, events }: Growth): void {
    const isAsleepThere = this.wakeUp !== undefined && this.position === after;
    if (isAsleepThere && !events.some((event) => passes(this.options.filter, event))) this.position = upTo;
    else this.wake();
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
    this.hurry?.();
    await this.done.catch(() => undefined);
  }

  private reached(target: bigint): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiters.push({ target, resolve, reject });
      this.wake();
      this.hurry?.();
    });
  }

  private async run(): Promise<void> {
    let failure: unknown;
    try {
      await setImmediate();
      while (!this.stopping.signal.aborted) await this.advance();
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
    const page = await this.nextPage();
    if (page === undefined) return;
    if (page.events.length > 0) await this.options.handle(page.events, page.position);
    const moved = page.position > this.position;
    if (moved) this.position = page.position;
    this.settleWaiters();
    if (!moved) await this.sleep();
    await (page.events.length === this.batchSize ? setImmediate() : this.gather());
  }

  /** Lets more events come, unless somebody waits for those that are there. */
  private async gather(): Promise<void> {
    const { gather = 0 } = this.options;
    if (gather === 0 || this.stopping.signal.aborted || this.waiters.length > 0) return setImmediate();
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, gather);
      this.hurry = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.hurry = undefined;
  }

  /** undefined when the subscription was stopped meanwhile, whatever became of the page. */
  private async nextPage(): Promise<Page | undefined> {
    const { signal } = this.stopping;
    this.woken = false; // whatever is committed from here on wakes again
    try {
      const page = await this.source.pageAfter(this.position, this.options.filter, this.batchSize, signal);
      return signal.aborted ? undefined : page;
    } catch (error) {
      if (signal.aborted) return undefined;
      throw error;
    }
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
