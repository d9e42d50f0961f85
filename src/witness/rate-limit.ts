export interface RateLimitOptions {
  /** Requests a second that go on for ever. */
  readonly rate: number;
  /** Requests at once, before the rate counts. */
  readonly burst: number;
}

/** A bucket of tokens for each name; names come from a fixed list, so there are never more buckets than that. */
export class RateLimit {
  private readonly buckets = new Map<string, { tokens: number; at: number }>();

  constructor(private readonly options: RateLimitOptions) {}

  /** Takes a token; false when none is left. @param now milliseconds of a clock that never runs backwards */
  take(name: string, now: number): boolean {
    const { rate, burst } = this.options;
    const { tokens, at } = this.buckets.get(name) ?? { tokens: burst, at: now };
    const filled = Math.min(burst, tokens + ((now - at) / 1000) * rate);
    this.buckets.set(name, { tokens: filled >= 1 ? filled - 1 : filled, at: now });
    return filled >= 1;
  }
}
