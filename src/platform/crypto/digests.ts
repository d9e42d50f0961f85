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
 * HMAC-SHA-256 (RFC 2104: H(K ⊕ opad ‖ H(K ⊕ ipad ‖ message))) out of two one-shot hashes, several times as fast as an Hmac object on short
 * messages. Nothing of the key is remembered: a WeakMap of padded keys takes longer than padding where each record has the key of somebody else.
 */
export const nodeHmacSha256: HmacSha256 = (key, message) => {
  const block = key.length > BLOCK_LENGTH ? nodeSha256(key) : key;
  const length = BLOCK_LENGTH + message.length;
  const first = length <= SCRATCH_LENGTH ? scratch.subarray(0, length) : new Uint8Array(length);
  pad(first, block, INNER);
  first.set(message, BLOCK_LENGTH);
  pad(second, block, OUTER);
  hashInto(second, BLOCK_LENGTH, first);
  const digest = nodeSha256(second);
  first.fill(0, 0, BLOCK_LENGTH);
  second.fill(0);
  return digest;
};

const INNER = 0x36;
const OUTER = 0x5c;
const scratch = new Uint8Array(SCRATCH_LENGTH);
const second = new Uint8Array(BLOCK_LENGTH + DIGEST_LENGTH);

function pad(target: Uint8Array, key: Uint8Array, filling: number): void {
  target.fill(filling, 0, BLOCK_LENGTH);
  for (let i = 0; i < key.length; i++) target[i] ^= key[i];
}

function hashInto(target: Uint8Array, at: number, message: Uint8Array): void {
  const digest = hash('sha256', message, 'binary');
  for (let i = 0; i < DIGEST_LENGTH; i++) target[at + i] = digest.charCodeAt(i);
}
