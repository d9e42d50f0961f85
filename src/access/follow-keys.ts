import { createHash, timingSafeEqual } from 'node:crypto';
import { AccessError } from './access-error.js';
import type { IdentityOfRequests } from './ports.js';

/**
 * Lets whoever holds the key of a request follow it. An unknown request and a wrong key look alike.
 * @throws AccessError FOLLOW_KEY_WRONG
 */
export function checkFollowKey(
  requests: Pick<IdentityOfRequests, 'followKeySha256'>,
  requestId: string,
  followKey: string,
): void {
  const sent = createHash('sha256').update(followKey).digest();
  const known = Buffer.from(requests.followKeySha256(requestId) ?? '', 'hex');
  if (known.length === sent.length && timingSafeEqual(known, sent)) return;
  throw new AccessError('FOLLOW_KEY_WRONG', 'Request and key do not fit', {
    nextStep: 'Check both on what you kept when you made the request; or sign in by mail.',
  });
}
