import { SetMetadata, type CustomDecorator } from '@nestjs/common';
import ipaddr from 'ipaddr.js';
import { RateLimit, type RateLimitOptions } from '#platform/rate-limit';
import { HttpError } from './http-error.js';

export const LIMIT_KEY = 'lacuna:limit';

/** A limit of its own, beside the one for all routes. */
export interface NamedLimit extends RateLimitOptions {
  readonly name: string;
}

/** Limits how often one client may call a route, or the routes that name the same limit, together. */
export const Limited = (limit: NamedLimit): CustomDecorator => SetMetadata(LIMIT_KEY, limit);

/** Of everybody but machines with a token: a page loads with some dozen calls, and nobody clicks ten times a second. */
export const DEFAULT_LIMIT: RateLimitOptions = { rate: 20, burst: 200 };

/** Mails that one client may have sent, to whichever addresses. */
export const CHALLENGE_LIMIT: NamedLimit = { name: 'challenges', rate: 1 / 20, burst: 10 };

const OVERALL = 'overall';

/** How often clients may call. Counts are kept in memory and bounded; a restart forgets them. */
export class Limits {
  private readonly limits = new Map<string, RateLimit>();

  constructor(
    private readonly overall: RateLimitOptions = DEFAULT_LIMIT,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** @param client what `clientOf` says, or who is signed in @throws HttpError TOO_MANY_REQUESTS */
  admit(client: string, limit: NamedLimit = { name: OVERALL, ...this.overall }): void {
    const buckets = this.bucketsOf(limit);
    const now = this.now();
    if (buckets.take(client, now)) return;
    throw new HttpError('TOO_MANY_REQUESTS', 'These are more requests than are taken from one client', {
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

const NETWORK_BYTES = 8; // RFC 4291 §2.5.4: a subscriber has the rest of an IPv6 address to choose from

/** One client, by address: an IPv4 address, or an IPv6 network of 64 bits. */
export function clientOf(address: string | undefined): string {
  if (address === undefined || !ipaddr.isValid(address)) return 'unknown';
  const parsed = ipaddr.process(address); // an IPv4 address may come wrapped in an IPv6 one
  return parsed.kind() === 'ipv4'
    ? parsed.toString()
    : Buffer.from(parsed.toByteArray().slice(0, NETWORK_BYTES)).toString('hex');
}
