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

const NO_DIGIT = 0xff;
const STANDARD = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'; // RFC 4648 §4
const URL_SAFE = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'; // RFC 4648 §5
const VALUES: Readonly<Record<string, Uint8Array>> = {
  [STANDARD]: valuesOf(STANDARD),
  [URL_SAFE]: valuesOf(URL_SAFE),
};

/** Standard base64 with padding (RFC 4648 §4). */
export function toBase64(bytes: Uint8Array): string {
  return encode(bytes, STANDARD) + '='.repeat((3 - (bytes.length % 3)) % 3);
}

/** Standard base64; only the canonical form is accepted, so one value has one spelling. */
export function fromBase64(text: string): Uint8Array {
  const digits = text.length % 4 === 0 ? text.replace(/={1,2}$/, '') : '!';
  return decode(digits, STANDARD);
}

/** base64url without padding (RFC 4648 §5). */
export function toBase64Url(bytes: Uint8Array): string {
  return encode(bytes, URL_SAFE);
}

/** base64url without padding; only the canonical form is accepted. */
export function fromBase64Url(text: string): Uint8Array {
  return decode(text, URL_SAFE);
}

// Tables instead of atob and btoa: a million labels go through here, and these are four times as fast on short strings.
function encode(bytes: Uint8Array, alphabet: string): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const left = bytes.length - at;
    const triple = (bytes[at] << 16) | ((left > 1 ? bytes[at + 1] : 0) << 8) | (left > 2 ? bytes[at + 2] : 0);
    text += alphabet[triple >>> 18] + alphabet[(triple >>> 12) & 63];
    if (left > 1) text += alphabet[(triple >>> 6) & 63];
    if (left > 2) text += alphabet[triple & 63];
  }
  return text;
}

function decode(digits: string, alphabet: string): Uint8Array {
  const values = VALUES[alphabet];
  const bytes = new Uint8Array(Math.floor((digits.length * 3) / 4));
  let bits = 0;
  let held = 0;
  let written = 0;
  let seen = 0; // any digit outside the alphabet leaves a high bit
  for (let at = 0; at < digits.length; at++) {
    const code = digits.charCodeAt(at);
    const value = code < 128 ? values[code] : NO_DIGIT;
    seen |= value;
    bits = (bits << 6) | value;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes[written++] = bits >>> held;
    bits &= (1 << held) - 1;
  }
  const isCanonical = digits.length % 4 !== 1 && bits === 0; // no bits left over (RFC 4648 §3.5)
  if (seen > 63 || !isCanonical)
    throw new EncodingError('BASE64_MALFORMED', 'expected base64 in canonical form');
  return bytes;
}

function valuesOf(alphabet: string): Uint8Array {
  const values = new Uint8Array(128).fill(NO_DIGIT);
  for (let value = 0; value < alphabet.length; value++) values[alphabet.charCodeAt(value)] = value;
  return values;
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
