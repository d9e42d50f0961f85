import { compareBytes, fromUtf8, utf8 } from '#libs/essentials';
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
  const packed = new Uint8Array(records.reduce((sum, record) => sum + packedLength(record), 0));
  const view = new DataView(packed.buffer);
  let at = 0;
  for (const record of records) {
    packed.set(record.label, at);
    packed.set(record.opening, at + LABEL_LENGTH);
    at += LABEL_LENGTH + OPENING_LENGTH;
    view.setBigUint64(at, record.position);
    view.setFloat64(at + 8, record.time);
    view.setFloat64(at + 16, record.value);
    at = writeText(packed, at + 24, record.item);
    at = writeText(packed, at, record.type);
    at = writeText(packed, at, record.purpose);
  }
  return packed;
}

/** Inverse of packRecords. Labels and openings are views into `packed`. */
export function unpackRecords(packed: Uint8Array): StoredRecord[] {
  const reader = new PackedReader(packed);
  const records: StoredRecord[] = [];
  while (!reader.atEnd()) records.push(reader.next());
  return records;
}

/**
 * Merges packed chunks into one, sorted by label, each label once (the first occurrence stays), without the records that `keep`
 * refuses. Copies bytes instead of encoding anew.
 */
export function mergePacked(
  chunks: readonly Uint8Array[],
  keep: (record: StoredRecord) => boolean = () => true,
): { readonly packed: Uint8Array; readonly count: number } {
  const kept: { readonly label: Uint8Array; readonly bytes: Uint8Array }[] = [];
  for (const chunk of chunks) {
    const reader = new PackedReader(chunk);
    while (!reader.atEnd()) {
      const from = reader.at;
      const record = reader.next();
      if (keep(record)) kept.push({ label: record.label, bytes: chunk.subarray(from, reader.at) });
    }
  }
  kept.sort((a, b) => compareBytes(a.label, b.label));
  const once = kept.filter(
    ({ label }, index) => index === 0 || compareBytes(kept[index - 1].label, label) !== 0,
  );
  return { packed: joined(once), count: once.length };
}

/** One after the other; a person may have more records than a call takes arguments. */
function joined(parts: readonly { readonly bytes: Uint8Array }[]): Uint8Array {
  const packed = new Uint8Array(parts.reduce((sum, { bytes }) => sum + bytes.length, 0));
  let at = 0;
  for (const { bytes } of parts) {
    packed.set(bytes, at);
    at += bytes.length;
  }
  return packed;
}

function packedLength({ item, type, purpose }: StoredRecord): number {
  return FIXED_LENGTH + 3 + utf8Length(item) + utf8Length(type) + utf8Length(purpose);
}

function utf8Length(text: string): number {
  return isAscii(text) ? text.length : utf8(text).length;
}

/** Writes a length byte and the text; returns where the next field begins. */
function writeText(packed: Uint8Array, at: number, text: string): number {
  const bytes = isAscii(text) ? undefined : utf8(text);
  const length = bytes?.length ?? text.length;
  if (length > 255) throw new RangeError('item, type and purpose take at most 255 bytes of UTF-8');
  packed[at] = length;
  if (bytes !== undefined) packed.set(bytes, at + 1);
  else for (let i = 0; i < length; i++) packed[at + 1 + i] = text.charCodeAt(i);
  return at + 1 + length;
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

class PackedReader {
  at = 0;
  private readonly view: DataView;

  constructor(private readonly packed: Uint8Array) {
    this.view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  }

  atEnd(): boolean {
    return this.at >= this.packed.length;
  }

  next(): StoredRecord {
    const { packed, view, at } = this;
    const numbers = at + LABEL_LENGTH + OPENING_LENGTH;
    const label = packed.subarray(at, at + LABEL_LENGTH);
    const opening = packed.subarray(at + LABEL_LENGTH, numbers);
    const position = view.getBigUint64(numbers);
    const time = view.getFloat64(numbers + 8);
    const value = view.getFloat64(numbers + 16);
    this.at = numbers + 24;
    return {
      label,
      opening,
      position,
      time,
      value,
      item: this.text(),
      type: this.text(),
      purpose: this.text(),
    };
  }

  private text(): string {
    const from = this.at + 1;
    const to = from + this.packed[this.at];
    if (!(to <= this.packed.length)) throw new RangeError('packed records end within a record');
    this.at = to;
    let text = '';
    for (let i = from; i < to; i++) {
      if (this.packed[i] > 0x7f) return fromUtf8(this.packed.subarray(from, to));
      text += String.fromCharCode(this.packed[i]); // short ASCII: three times as fast as TextDecoder
    }
    return text;
  }
}
