import type { PackedCursor } from '#libs/contracts';
import { fromUtf8 } from '#libs/essentials';

/** Bytes that one record's text takes at most: two texts of 255 bytes, each escaped as \\u0000, two numbers, punctuation. */
export const MAX_TEXT_LENGTH = 4096;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const ZERO = 0x30;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const MAX_DIGITS_VALUE = 2 ** 31;
const encoder = new TextEncoder();

/**
 * Writes recordText of libs/contracts, the JSON array [item, type, seconds, value] in UTF-8, straight from packed bytes: what is
 * plain ASCII is copied, the rest goes through JSON.stringify.
 *
 * @returns where the text ends in `to`
 */
export function writeRecordText(record: PackedCursor, to: Uint8Array, start: number): number {
  const { packed } = record;
  to[start] = OPEN;
  let at = writeString(packed, record.item, record.itemEnd, to, start + 1);
  to[at] = COMMA;
  at = writeString(packed, record.type, record.typeEnd, to, at + 1);
  to[at] = COMMA;
  at = writeNumber(record.time, to, at + 1);
  to[at] = COMMA;
  at = writeNumber(record.value, to, at + 1);
  to[at] = CLOSE;
  return at + 1;
}

function writeString(packed: Uint8Array, from: number, end: number, to: Uint8Array, start: number): number {
  to[start] = QUOTE;
  let at = start + 1;
  for (let byte = from; byte < end; byte++) {
    const code = packed[byte];
    if (code < 0x20 || code > 0x7e || code === QUOTE || code === BACKSLASH)
      return writeText(JSON.stringify(fromUtf8(packed.subarray(from, end))), to, start);
    to[at++] = code;
  }
  to[at] = QUOTE;
  return at + 1;
}

function writeNumber(value: number, to: Uint8Array, start: number): number {
  if (!(Number.isInteger(value) && value >= 0 && value < MAX_DIGITS_VALUE))
    return writeText(JSON.stringify(value), to, start);
  let end = start + 1;
  for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) end++;
  let rest = value | 0;
  for (let at = end - 1; at >= start; at--) {
    to[at] = ZERO + (rest % 10);
    rest = (rest / 10) | 0;
  }
  return end;
}

function writeText(text: string, to: Uint8Array, start: number): number {
  return start + encoder.encodeInto(text, to.subarray(start)).written;
}
