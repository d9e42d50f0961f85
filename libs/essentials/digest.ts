import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';

/** SHA-256 (FIPS 180-4). Hot paths take it as a parameter, so that Node can pass its native one. */
export type Sha256 = (message: Uint8Array) => Uint8Array;

/** HMAC-SHA-256 (RFC 2104). */
export type HmacSha256 = (key: Uint8Array, message: Uint8Array) => Uint8Array;

export { sha256 };

export const hmacSha256: HmacSha256 = (key, message) => hmac(sha256, key, message);
