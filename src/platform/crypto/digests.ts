import { hash } from 'node:crypto';
import type { HmacSha256, Sha256 } from '#libs/essentials';

const DIGEST_LENGTH = 32;
const BLOCK_LENGTH = 64; // FIPS 180-4: SHA-256 works on blocks of 64 bytes
const SCRATCH_LENGTH = 1024;

/** SHA-256 by OpenSSL. The digest comes as text because Node makes a Buffer of its own for each, which takes longer than the hashing. */
export const nodeSha256: Sha256 = (message) => {
  const digest = new Uint8Array(DIGEST_LENGTH);
  hashInto(digest, 0, message);
  return digest;
};

/**
 * HMAC-SHA-256 (RFC 2104: H(K ⊕ opad ‖ H(K ⊕ ipad ‖ message))) out of two one-shot hashes, twice as fast as an Hmac object on short
 * messages. The padded key is kept as long as the
 * caller keeps the key, whose bytes must not change meanwhile.
 */
export const nodeHmacSha256: HmacSha256 = (key, message) => {
  const { inner, outer } = padsOf(key);
  const length = BLOCK_LENGTH + message.length;
  const first = length <= SCRATCH_LENGTH ? scratch.subarray(0, length) : new Uint8Array(length);
  first.set(inner);
  first.set(message, BLOCK_LENGTH);
  second.set(outer);
  hashInto(second, BLOCK_LENGTH, first);
  return nodeSha256(second);
};

interface Pads {
  readonly inner: Uint8Array;
  readonly outer: Uint8Array;
}

const pads = new WeakMap<Uint8Array, Pads>();
const scratch = new Uint8Array(SCRATCH_LENGTH);
const second = new Uint8Array(BLOCK_LENGTH + DIGEST_LENGTH);

function padsOf(key: Uint8Array): Pads {
  const known = pads.get(key);
  if (known !== undefined) return known;
  const block = new Uint8Array(BLOCK_LENGTH);
  block.set(key.length > BLOCK_LENGTH ? nodeSha256(key) : key);
  const made = { inner: block.map((byte) => byte ^ 0x36), outer: block.map((byte) => byte ^ 0x5c) };
  pads.set(key, made);
  return made;
}

function hashInto(target: Uint8Array, at: number, message: Uint8Array): void {
  const digest = hash('sha256', message, 'binary');
  for (let i = 0; i < DIGEST_LENGTH; i++) target[at + i] = digest.charCodeAt(i);
}
