import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js';
import { EncodingError } from './encoding-error.js';

export { bytesToHex as toHex, concatBytes };

const encoder = new TextEncoder(); // one for all: making one costs more than encoding a label
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Lower-case hexadecimal of an even number of digits to bytes; anything else is refused. */
export function fromHex(text: string): Uint8Array {
  if (!/^(?:[0-9a-f]{2})*$/.test(text))
    throw new EncodingError('HEX_MALFORMED', 'expected pairs of lower-case hexadecimal digits');
  return hexToBytes(text);
}

/** Text to UTF-8. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** UTF-8 to text; invalid sequences are refused, never replaced. */
export function fromUtf8(bytes: Uint8Array): string {
  try {
    return strictUtf8.decode(bytes);
  } catch (cause) {
    throw new EncodingError('UTF8_MALFORMED', 'the bytes are not valid UTF-8', { cause });
  }
}

/** Standard base64 with padding (RFC 4648 §4). */
export function toBase64(bytes: Uint8Array): string {
  const chunk = 0x8000; // keeps the argument list of fromCharCode within what engines accept
  let binary = '';
  for (let at = 0; at < bytes.length; at += chunk)
    binary += String.fromCharCode(...bytes.subarray(at, at + chunk));
  return btoa(binary);
}

/** Standard base64; only the canonical form is accepted, so one value has one spelling. */
export function fromBase64(text: string): Uint8Array {
  let binary: string;
  try {
    binary = atob(text);
  } catch (cause) {
    throw new EncodingError('BASE64_MALFORMED', 'expected standard base64 with padding', { cause });
  }
  const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
  if (toBase64(bytes) !== text)
    throw new EncodingError('BASE64_MALFORMED', 'the base64 is not in canonical form');
  return bytes;
}

/** base64url without padding (RFC 4648 §5). */
export function toBase64Url(bytes: Uint8Array): string {
  return toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

export function fromBase64Url(text: string): Uint8Array {
  if (!/^[A-Za-z0-9_-]*$/.test(text))
    throw new EncodingError('BASE64_MALFORMED', 'expected base64url without padding');
  return fromBase64(text.replaceAll('-', '+').replaceAll('_', '/') + '='.repeat((4 - (text.length % 4)) % 4));
}

/** Order of two byte strings, as memcmp; the shorter first when one begins the other. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) if (a[i] !== b[i]) return a[i] - b[i];
  return a.length - b.length;
}

/** Equality in time that depends on the lengths only; for secrets and digests alike. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a[i] ^ b[i];
  return difference === 0;
}

/** Unsigned 64-bit big-endian. */
export function u64be(value: bigint | number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}
