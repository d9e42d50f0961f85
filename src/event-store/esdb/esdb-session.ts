import { setTimeout as pause } from 'node:timers/promises';
import { closedError } from '../store-errors.js';
import type { EsdbClient } from './esdb-client.js';
import { failureOf, passes, refusalOf } from './esdb-failure.js';

export interface EsdbTiming {
  /** Milliseconds for which an operation is tried again before it is refused; default 30,000. */
  readonly patience?: number;
  /** Milliseconds that an append may take before it is tried again; default 10,000. */
  readonly deadline?: number;
  /** Milliseconds to the second attempt; doubled each time, up to two seconds; default 50. */
  readonly firstPause?: number;
}

export interface RunOptions {
  /** Infinity: until it is aborted. */
  readonly patience?: number;
  readonly signal?: AbortSignal;
}

const LONGEST_PAUSE = 2_000;

/** One connection after the other: tries again, with pauses that grow, what fails of the connection or of a change of the leader. */
export class EsdbSession {
  readonly deadline: number;
  private readonly patience: number;
  private readonly firstPause: number;
  private readonly ending = new AbortController();
  private client: EsdbClient;

  constructor(
    private readonly connect: () => EsdbClient,
    timing: EsdbTiming = {},
  ) {
    this.patience = timing.patience ?? 30_000;
    this.deadline = timing.deadline ?? 10_000;
    this.firstPause = timing.firstPause ?? 50;
    this.client = connect();
  }

  /** Aborted when the session is closed. */
  get ended(): AbortSignal {
    return this.ending.signal;
  }

  /** @throws EventStoreError STORE_UNAVAILABLE, STORE_NOT_LEADER, STORE_ACCESS_DENIED, STORE_CLOSED; or what the action threw */
  async run<T>(action: (client: EsdbClient) => Promise<T>, options: RunOptions = {}): Promise<T> {
    const started = performance.now();
    const { patience = this.patience } = options;
    for (let attempt = 0; ; attempt++) {
      this.refuseClosed();
      const { client } = this;
      try {
        return await action(client);
      } catch (error) {
        this.refuseClosed();
        const wait = this.pauseAfter(attempt);
        if (!passes(failureOf(error)) || performance.now() - started + wait > patience)
          throw refusalOf(error);
        this.renew(client, error);
        await this.sleep(wait, options.signal);
      }
    }
  }

  /** A pause that ends early, with an AbortError, when the session does. */
  async sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    const signals = signal === undefined ? [this.ended] : [this.ended, signal];
    await pause(milliseconds, undefined, { signal: AbortSignal.any(signals), ref: true });
  }

  pauseAfter(attempt: number): number {
    const longest = Math.min(LONGEST_PAUSE, this.firstPause * 2 ** attempt);
    return longest / 2 + (Math.random() * longest) / 2; // so that those who failed together do not come back together
  }

  refuseClosed(): void {
    if (this.ended.aborted) throw closedError();
  }

  async close(): Promise<void> {
    this.ending.abort();
    await this.client.end();
  }

  /**
   * The client looks for another node by itself after failures that it knows. What it could not do, finding a node at all, it remembers
   * for ever: then a new one takes its place.
   */
  private renew(client: EsdbClient, error: unknown): void {
    const known = typeof (error as { code?: unknown }).code === 'number';
    if (known || client !== this.client) return;
    this.client = this.connect();
    void client.end();
  }
}
