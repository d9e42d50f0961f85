import { createHmac, hash, randomBytes, randomUUID } from 'node:crypto';
import type { HmacSha256, Sha256 } from '#libs/essentials';

/** What the services take from the outside world, so that a test can fix it. */
export interface Edge {
  /** Milliseconds since 1970. */
  now(): number;
  /** Random UUID. */
  newId(): string;
  /** Cryptographically random. */
  randomBytes(length: number): Uint8Array;
  /** Native ones in production: a million records go through them. */
  readonly hmacSha256: HmacSha256;
  readonly sha256: Sha256;
}

export const systemEdge: Edge = {
  now: Date.now,
  newId: randomUUID,
  randomBytes,
  hmacSha256: (key, message) => createHmac('sha256', key).update(message).digest(),
  sha256: (message) => hash('sha256', message, 'buffer'),
};
