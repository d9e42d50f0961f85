import { randomBytes, randomUUID } from 'node:crypto';
import type { HmacSha256, Sha256 } from '#libs/essentials';
import { nodeHmacSha256, nodeSha256 } from '#platform/crypto';

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
  hmacSha256: nodeHmacSha256,
  sha256: nodeSha256,
};
