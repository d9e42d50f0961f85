import { RateLimit, type RateLimitOptions } from './rate-limit.js';
import { RateLimitError } from './rate-limit-error.js';

/** A limit of its own, beside the one for all routes. */
export interface NamedLimit extends RateLimitOptions {
  readonly name: string;
}

/** Of everybody but machines with a token: a page loads with some dozen calls, and nobody clicks ten times a second. */
export const DEFAULT_LIMIT: RateLimitOptions = { rate: 20, burst: 200 };

const OVERALL = 'overall';

/** How often clients may call. Counts are kept in memory and bounded; a restart forgets them. */
export class Limits {
  private readonly limits = new Map<string, RateLimit>();

  constructor(
    private readonly overall: RateLimitOptions = DEFAULT_LIMIT,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** @param client what `clientOf` says, or who is signed in @throws RateLimitError TOO_MANY_REQUESTS */
  admit(client: string, limit: NamedLimit = { name: OVERALL, ...this.overall }): void {
    const buckets = this.bucketsOf(limit);
    const now = this.now();
    if (buckets.take(client, now)) return;
    throw new RateLimitError('TOO_MANY_REQUESTS', 'These are more requests than are taken from one client', {
      facts: { retryAfter: buckets.wait(client, now) },
      nextStep: 'Wait for the seconds that Retry-After says, then go on more slowly.',
    });
  }

  private bucketsOf(limit: NamedLimit): RateLimit {
    const known = this.limits.get(limit.name);
    if (known !== undefined) return known;
    const made = new RateLimit(limit);
    this.limits.set(limit.name, made);
    return made;
  }
}
