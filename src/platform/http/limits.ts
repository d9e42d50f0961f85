import { SetMetadata, type CustomDecorator } from '@nestjs/common';
import ipaddr from 'ipaddr.js';
import type { NamedLimit } from '#platform/rate-limit';

export const LIMIT_KEY = 'lacuna:limit';

/** Limits how often one client may call a route, or the routes that name the same limit, together. */
export const Limited = (limit: NamedLimit): CustomDecorator => SetMetadata(LIMIT_KEY, limit);

/** Mails that one client may have sent, to whichever addresses. */
export const CHALLENGE_LIMIT: NamedLimit = { name: 'challenges', rate: 1 / 20, burst: 10 };

const NETWORK_BYTES = 8; // RFC 4291 §2.5.4: a subscriber has the rest of an IPv6 address to choose from

/** One client, by address: an IPv4 address, or an IPv6 network of 64 bits. */
export function clientOf(address: string | undefined): string {
  if (address === undefined || !ipaddr.isValid(address)) return 'unknown';
  const parsed = ipaddr.process(address); // an IPv4 address may come wrapped in an IPv6 one
  return parsed.kind() === 'ipv4'
    ? parsed.toString()
    : Buffer.from(parsed.toByteArray().slice(0, NETWORK_BYTES)).toString('hex');
}
