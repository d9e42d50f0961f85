import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { packRecords, recordCommitment, type StoredRecord } from '#libs/contracts';
import { toHex } from '#libs/essentials';
import { sparseMapRoot } from '#libs/merkle';
import { refusalOf } from '#libs/testkit';
import { datasetMapOf } from './dataset-map.js';
import { sliceOf } from './shard-dataset.js';

const mapOf = (records: readonly StoredRecord[]) =>
  datasetMapOf([{ records: packRecords(records), count: records.length }]);

/** The same by libs/merkle. */
const expectedOf = (records: readonly StoredRecord[]) => {
  const entries = records.map((record) => ({
    key: record.label,
    value: recordCommitment(record.opening, record),
  }));
  return { datasetRoot: toHex(sparseMapRoot(entries)), count: records.length };
};

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const records: fc.Arbitrary<StoredRecord[]> = fc.uniqueArray(
  fc.record({
    label: bytes(32),
    opening: bytes(16),
    item: fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 12 }),
      fc.string({ unit: fc.constantFrom('\0', '\x1f', '"', '\\', '\x7f', 'é', 'a'), maxLength: 12 }),
    ),
    type: fc.constantFrom('rating', 'view'),
    time: fc.oneof(fc.integer({ min: -100, max: 100 }), fc.integer({ min: 0, max: 2 ** 40 })),
    value: fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.nat(1000), fc.constant(-0)),
    purpose: fc.constant('recommendations'),
    position: fc.constant(1n),
  }),
  { maxLength: 30, selector: ({ label }) => toHex(label) },
);

describe('the dataset map of a shard', () => {
  it('has the root that libs/merkle computes over labels and commitments, in any order of arrival', () => {
    fc.assert(
      fc.property(records, (list) => {
        expect(mapOf(list)).toMatchObject(expectedOf(list));
        expect(mapOf(list.toReversed())).toEqual(mapOf(list));
      }),
    );
  });

  it('has a map of each slice, over the records of that slice alone', () => {
    fc.assert(
      fc.property(records, fc.integer({ min: 1, max: 5 }), (list, slices) => {
        const { bySlice } = datasetMapOf([{ records: packRecords(list), count: list.length }], slices);
        const expected = Array.from({ length: slices }, (_, slice) =>
          expectedOf(list.filter(({ label }) => sliceOf(label, slices) === slice)),
        );
        expect(bySlice).toEqual(expected);
      }),
    );
  });

  it('covers more records than one chunk holds, and labels that begin alike', () => {
    const list = Array.from({ length: 9000 }, (_, at): StoredRecord => {
      const label = new Uint8Array(32);
      new DataView(label.buffer).setUint32(at % 2 === 0 ? 28 : 0, at + 1);
      const opening = new Uint8Array(16).fill(at);
      return {
        label,
        opening,
        item: `item ${at}`,
        type: 'view',
        time: at,
        value: 1,
        purpose: 'p',
        position: 1n,
      };
    });
    const entries = list.map((record) => ({
      key: record.label,
      value: recordCommitment(record.opening, record),
    }));
    expect(mapOf(list).datasetRoot).toBe(toHex(sparseMapRoot(entries)));
  });

  it('refuses a label that stands twice', () => {
    const record = { label: new Uint8Array(32), opening: new Uint8Array(16), item: 'a', type: 'view' };
    const twice = { ...record, time: 1, value: 1, purpose: 'p', position: 1n };
    expect(refusalOf(() => mapOf([twice, twice]))).toBe('DATASET_LABEL_TWICE');
  });

  it('refuses more records than a shard may hold', () => {
    const tooMany = { records: new Uint8Array(), count: 2 ** 22 + 1 };
    expect(refusalOf(() => datasetMapOf([tooMany]))).toBe('DATASET_TOO_LARGE');
  });
});
