import { describe, expect, it } from '@jest/globals';
import { fromUtf8 } from '#libs/essentials';
import { PackedCursor, packRecords, type StoredRecord } from './index.js';

const RECORDS: StoredRecord[] = ['a', 'Zoë', ''].map((item, at) => ({
  label: new Uint8Array(32).fill(at),
  opening: new Uint8Array(16).fill(at + 100),
  item,
  type: 'rating',
  time: 978_300_760 + at,
  value: at / 2,
  purpose: 'recommendations',
  position: 2n ** 63n + BigInt(at),
}));

function walked(packed: Uint8Array): StoredRecord[] {
  const cursor = new PackedCursor(packed);
  const records: StoredRecord[] = [];
  while (cursor.next()) {
    const { label, opening, item, itemEnd, type, typeEnd, purpose, purposeEnd } = cursor;
    records.push({
      label: packed.slice(label, label + 32),
      opening: packed.slice(opening, opening + 16),
      item: fromUtf8(packed.subarray(item, itemEnd)),
      type: fromUtf8(packed.subarray(type, typeEnd)),
      purpose: fromUtf8(packed.subarray(purpose, purposeEnd)),
      time: cursor.time,
      value: cursor.value,
      position: cursor.position,
    });
  }
  return records;
}

describe('a walk over packed records', () => {
  it('meets every field of every record', () => {
    expect(walked(packRecords(RECORDS))).toEqual(RECORDS);
    expect(walked(new Uint8Array())).toEqual([]);
  });

  it('refuses bytes that end within a record, wherever', () => {
    const packed = packRecords(RECORDS.slice(0, 1));
    for (let length = 1; length < packed.length; length++)
      expect(() => walked(packed.subarray(0, length))).toThrow(RangeError);
  });
});
