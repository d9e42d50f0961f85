export interface RateLimitOptions {
  /** Requests a second that go on for ever. */
  readonly rate: number;
  /** Requests at once, before the rate counts. */
  readonly burst: number;
}

interface Bucket {
  readonly tokens: number;
  /** Milliseconds. */
  readonly at: number;
}

const MOST_NAMES = 100_000;

/**
 * A bucket of tokens for each name. There are never more buckets than `most`: the one that was used longest ago goes, and its name
 * begins again with a full one.
 */
export class RateLimit {
  private readonly buckets = new Map<string, Bucket>();

  constructor(
    private readonly options: RateLimitOptions,
    private readonly most = MOST_NAMES,
  ) {}

  /** Takes a token; false when none is left. @param now milliseconds of a clock that never runs backwards */
  take(name: string, now: number): boolean {
    const filled = this.filled(name, now);
    const tokens = filled >= 1 ? filled - 1 : filled;
    this.buckets.delete(name); // so that it is written behind those that were used longer ago
    this.buckets.set(name, { tokens, at: now });
    if (this.buckets.size > this.most) this.buckets.delete(this.buckets.keys().next().value!);
    return filled >= 1;
  }

  /** Whole seconds until there is a token again; 0 when there is one. */
  wait(name: string, now: number): number {
    return Math.ceil(Math.max(0, 1 - this.filled(name, now)) / this.options.rate);
  }

  private filled(name: string, now: number): number {
    const { rate, burst } = this.options;
    const bucket = this.buckets.get(name);
    return bucket === undefined ? burst : Math.min(burst, bucket.tokens + ((now - bucket.at) / 1000) * rate);
  }
}
