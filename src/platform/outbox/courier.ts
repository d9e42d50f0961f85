import { isCodedError } from '#libs/essentials';
import type { Outbox, Parcel, ParcelEnd } from './outbox.js';
import { pauseAfter, type Schedule } from './schedule.js';

/** What came of one attempt. Codes go into logs and lists: they name causes, never addresses or content. */
export type Carried =
  | { readonly outcome: 'delivered' | 'acknowledged' }
  /** Another attempt may succeed; `notBefore` (milliseconds since the epoch) where the other side asked for patience. */
  | { readonly outcome: 'failed'; readonly code: string; readonly notBefore?: number }
  /** No attempt ever will. */
  | { readonly outcome: 'refused'; readonly code: string };

/** Carries the parcels of one queue. */
export interface Carrier {
  readonly schedule: Schedule;
  /** Whether parcels that came to their end stay listed, without their content. */
  readonly trace: boolean;
  /** Never throws for what the other side does. */
  carry(parcel: Parcel, content: string, signal: AbortSignal): Promise<Carried>;
  /** Told of the end of a parcel before it is forgotten; after a crash, perhaps told again. */
  ended?(parcel: Parcel, end: ParcelEnd, code?: string): Promise<void>;
  /** Told when the content of a parcel is gone for good; not told again after a crash. */
  forgotten?(parcel: Parcel): void;
}

export interface CourierOptions {
  readonly outbox: Outbox;
  /** By queue. */
  readonly carriers: Readonly<Record<string, Carrier>>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** From 0 to below 1. */
  readonly random?: () => number;
  /** Hears what went wrong here, not at the other side. */
  readonly onFailure?: (reason: unknown) => void;
}

const AT_ONCE = 8; // parcels under way; one slow recipient holds up seven others at most
const SHORTEST_SLEEP = 250; // ms; after a failure of ours something may be due for ever
const LONGEST_SLEEP = 60_000; // ms; clocks may be set

/**
 * Takes parcels where they go, again with growing pauses where that fails, until they arrive, expire or are given up. An attempt is counted before
 * it is made: a process that dies in the middle repeats it later, and the other side may get a parcel twice, under the same id.
 */
export class Courier {
  private readonly closing = new AbortController();
  private round: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  private started = false;

  constructor(private readonly options: CourierOptions) {}

  /** Delivers by itself from now on. */
  start(): void {
    this.started = true;
    this.wake();
  }

  /** There may be something new to deliver; does nothing before `start`. */
  wake(): void {
    if (!this.started || this.closing.signal.aborted) return;
    clearTimeout(this.timer);
    void this.deliverDue()
      .catch((reason: unknown) => this.options.onFailure?.(reason))
      .then(() => this.sleep());
  }

  /** Tries everything that is due, once; resolves when that is done. */
  deliverDue(): Promise<void> {
    const round = this.round.then(() => this.deliverAll());
    this.round = round.catch(() => undefined); // its caller hears of it; the next round tries again
    return round;
  }

  /** Breaks off what is under way; it stays in the outbox. */
  async close(): Promise<void> {
    this.closing.abort();
    clearTimeout(this.timer);
    await this.round;
  }

  private sleep(): void {
    if (this.closing.signal.aborted) return;
    const next = this.options.outbox.nextDue();
    const pause = next === undefined ? LONGEST_SLEEP : next - this.options.now();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.wake(), clamp(pause, SHORTEST_SLEEP, LONGEST_SLEEP)).unref();
  }

  private async deliverAll(): Promise<void> {
    for (;;) {
      if (this.closing.signal.aborted) return;
      const due = this.options.outbox.due(AT_ONCE);
      if (due.length === 0) return;
      const attempts = await Promise.allSettled(due.map((parcel) => this.attempt(parcel)));
      for (const attempt of attempts) if (attempt.status === 'rejected') throw attempt.reason;
    }
  }

  private async attempt(parcel: Parcel): Promise<void> {
    const { outbox, carriers, now } = this.options;
    const carrier = carriers[parcel.queue];
    if (parcel.expiresAt !== null && parcel.expiresAt <= now())
      return this.end(parcel, carrier, 'given-up', 'EXPIRED');
    const attempts = parcel.attempts + 1;
    const pause = pauseAfter(carrier.schedule, attempts, (this.options.random ?? Math.random)());
    const nextAttemptAt = now() + (pause ?? 0);
    outbox.begin(parcel, nextAttemptAt);
    const carried = await this.carry(parcel, carrier);
    if (this.closing.signal.aborted && carried.outcome === 'failed') return; // broken off by us
    switch (carried.outcome) {
      case 'delivered':
      case 'acknowledged':
        return this.end(parcel, carrier, carried.outcome);
      case 'refused':
        return this.end(parcel, carrier, 'given-up', carried.code);
      case 'failed':
        if (pause === undefined) return this.end(parcel, carrier, 'given-up', carried.code);
        outbox.postpone(parcel, Math.max(nextAttemptAt, carried.notBefore ?? 0), carried.code);
    }
  }

  private async carry(parcel: Parcel, carrier: Carrier): Promise<Carried> {
    const { outbox, onFailure } = this.options;
    try {
      const content = outbox.open(parcel);
      if (content === undefined) return { outcome: 'refused', code: 'CONTENT_GONE' };
      return await carrier.carry(parcel, content, this.closing.signal);
    } catch (reason) {
      onFailure?.(reason);
      return { outcome: 'failed', code: isCodedError(reason) ? reason.code : 'INTERNAL' };
    }
  }

  private async end(parcel: Parcel, carrier: Carrier, end: ParcelEnd, code?: string): Promise<void> {
    await carrier.ended?.(parcel, end, code);
    this.options.outbox.settle(parcel, end, code ?? null, carrier.trace);
    carrier.forgotten?.(parcel);
  }
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
