import { fromUtf8, utf8 } from '#libs/essentials';
import { OPENING_LENGTH, type InteractionRecord } from './records.js';

/** A record as read models keep it and as shard jobs receive it. */
export interface StoredRecord extends InteractionRecord {
  /** 32 bytes. */
  readonly label: Uint8Array;
  /** 16 bytes. */
  readonly opening: Uint8Array;
  readonly purpose: string;
  /** Position at which the record first entered the log; a re-writing does not change it. */
  readonly position: bigint;
}

const LABEL_LENGTH = 32;
const FIXED_LENGTH = LABEL_LENGTH + OPENING_LENGTH + 8 + 8 + 8;

/**
 * Packs records one after the other: label (32), opening (16), position (u64), time (f64), value (f64), then item, type and
 * purpose, each as one length byte (0 … 255) and UTF-8. Big-endian.
 */
export function packRecords(records: readonly StoredRecord[]): Uint8Array {
  const texts = records.map(({ item, type, purpose }) => [utf8(item), utf8(type), utf8(purpose)]);
  const length = texts.reduce(
    (sum, parts) => sum + FIXED_LENGTH + parts.reduce((bytes, part) => bytes + 1 + part.length, 0),
    0,
  );
  const packed = new Uint8Array(length);
  const view = new DataView(packed.buffer);
  let at = 0;
  records.forEach((record, index) => {
    packed.set(record.label, at);
    packed.set(record.opening, at + LABEL_LENGTH);
    at += LABEL_LENGTH + OPENING_LENGTH;
    view.setBigUint64(at, record.position);
    view.setFloat64(at + 8, record.time);
    view.setFloat64(at + 16, record.value);
    at += 24;
    for (const text of texts[index]) {
      if (text.length > 255) throw new RangeError('item, type and purpose take at most 255 bytes of UTF-8');
      packed[at] = text.length;
      packed.set(text, at + 1);
      at += 1 + text.length;
    }
  });
  return packed;
}

/** Inverse of packRecords. Labels and openings are views into `packed`. */
export function unpackRecords(packed: Uint8Array): StoredRecord[] {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const records: StoredRecord[] = [];
  let at = 0;
  const text = (): string => {
    const length = packed[at];
    const value = fromUtf8(packed.subarray(at + 1, at + 1 + length));
    at += 1 + length;
    return value;
  };
  while (at < packed.length) {
    const label = packed.subarray(at, at + LABEL_LENGTH);
    const opening = packed.subarray(at + LABEL_LENGTH, at + LABEL_LENGTH + OPENING_LENGTH);
    at += LABEL_LENGTH + OPENING_LENGTH;
    const position = view.getBigUint64(at);
    const time = view.getFloat64(at + 8);
    const value = view.getFloat64(at + 16);
    at += 24;
    const item = text();
    const type = text();
    records.push({ label, opening, position, time, value, item, type, purpose: text() });
  }
  return records;
}
