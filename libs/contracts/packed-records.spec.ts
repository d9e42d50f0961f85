import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compareBytes } from '#libs/essentials';
import { mergePacked, packRecords, unpackRecords, type StoredRecord } from './packed-records.js';

const text = fc.string({ unit: 'grapheme', maxLength: 20 });
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const record: fc.Arbitrary<StoredRecord> = fc.record({
  label: bytes(32),
  opening: bytes(16),
  item: text,
  type: text,
  purpose: text,
  time: fc.integer({ min: 0, max: 2 ** 40 }),
  value: fc.double({ noNaN: true }),
  position: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
});

describe('packed records', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(fc.array(record), (records) =>
        expect(unpackRecords(packRecords(records))).toEqual(records),
      ),
    );
  });

  it('refuse a text that one length byte cannot count', () => {
    const [sample] = fc.sample(record, { numRuns: 1, seed: 1 });
    expect(() => packRecords([{ ...sample, item: 'x'.repeat(256) }])).toThrow(RangeError);
    expect(unpackRecords(packRecords([{ ...sample, item: 'x'.repeat(255) }]))[0].item).toHaveLength(255);
  });

  it('merge to the same bytes in whatever chunks they came', () => {
    const chunks = fc.array(fc.array(record, { maxLength: 5 }), { maxLength: 5 });
    fc.assert(
      fc.property(chunks, (parts) => {
        const together = mergePacked([packRecords(parts.flat())]);
        expect(mergePacked(parts.map(packRecords))).toEqual(together);
        const labels = unpackRecords(together.packed).map(({ label }) => label);
        expect(labels).toEqual([...labels].sort(compareBytes));
      }),
    );
  });

  it('merge a label that stands in two chunks once, and leave out what is not kept', () => {
    const [a, b] = fc.sample(record, { numRuns: 2, seed: 2 });
    const merged = mergePacked([packRecords([a, b]), packRecords([b])], ({ item }) => item !== a.item);
    expect(merged.count).toBe(1);
    expect(unpackRecords(merged.packed)).toEqual([b]);
  });
});
