import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const BYTES = 16;
const NOBODYS = '0'.repeat(64);

/** What finds a request again without signing in: random, shown once, and kept as a hash only. */
export function newFollowKey(): { readonly followKey: string; readonly followKeySha256: string } {
  const followKey = randomBytes(BYTES).toString('base64url');
  return { followKey, followKeySha256: sha256(followKey).toString('hex') };
}

/** Takes as long where there is nothing to compare with. */
export function fitsFollowKey(followKey: string, followKeySha256: string | undefined): boolean {
  const isSame = timingSafeEqual(sha256(followKey), Buffer.from(followKeySha256 ?? NOBODYS, 'hex'));
  return isSame && followKeySha256 !== undefined;
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
