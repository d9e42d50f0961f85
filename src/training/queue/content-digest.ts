import { createHash } from 'node:crypto';
import { toHex } from '#libs/essentials';
import { nodeSha256 } from '#platform/crypto';

/** SHA-256 in hexadecimal, on the thread that asks: jobs and their inputs are named by it before anything else can be done. */
export function contentDigest(bytes: Uint8Array): string {
  return toHex(nodeSha256(bytes));
}

/** The same of bytes that are in pieces. */
export function digestOfPieces(pieces: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return hash.digest('hex');
}
