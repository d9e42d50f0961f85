import { createHash, createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { toHex } from '#libs/essentials';
import { catalogueRoot, sortedItemIds } from './catalogue.js';
import { coarseLabel, recordCommitment, recordLabel } from './records.js';

const key = new Uint8Array(32).fill(9);
const identity = { item: '260', type: 'rating', time: Date.UTC(2000, 11, 31, 22, 12, 40) / 1000 };

describe('a record label', () => {
  it('is HMAC-SHA-256 over the JSON array of item, type and seconds', () => {
    const expected = createHmac('sha256', key).update('["260","rating",978300760]').digest('hex');
    expect(toHex(recordLabel(key, identity))).toBe(expected);
  });

  it('is the same for the same interaction whatever its value, and another for everything else', () => {
    const label = toHex(recordLabel(key, identity));
    expect(toHex(recordLabel(key, { ...identity, value: 5 } as typeof identity))).toBe(label);
    for (const other of [{ item: '261' }, { type: 'play' }, { time: identity.time + 1 }])
      expect(toHex(recordLabel(key, { ...identity, ...other }))).not.toBe(label);
    expect(toHex(recordLabel(new Uint8Array(32), identity))).not.toBe(label);
  });
});

describe('a coarse label', () => {
  it('is the same all day and another the next day', () => {
    const label = toHex(coarseLabel(key, identity));
    expect(toHex(coarseLabel(key, { ...identity, time: identity.time + 1 }))).toBe(label);
    expect(toHex(coarseLabel(key, { ...identity, time: identity.time + 2 * 3600 }))).not.toBe(label);
  });
});

describe('a record commitment', () => {
  it('is SHA-256 over the opening and the JSON array of the record', () => {
    const opening = new Uint8Array(16).fill(1);
    const expected = createHash('sha256')
      .update(opening)
      .update('["260","rating",978300760,4.5]')
      .digest('hex');
    expect(toHex(recordCommitment(opening, { ...identity, value: 4.5 }))).toBe(expected);
  });
});

describe('a catalogue version', () => {
  const items = [
    { item: '10', title: 'Ten', categories: ['Drama'] },
    { item: '9', title: 'Nine', categories: [] },
    { item: 'ä', title: 'Umlaut', categories: [] },
  ];

  it('is indexed by the bytes of the item ids', () => {
    expect(sortedItemIds(items)).toEqual(['10', '9', 'ä']);
  });

  it('has one root in whatever order its items come, and another when a word changes', () => {
    const root = catalogueRoot(items);
    expect(catalogueRoot([...items].reverse())).toBe(root);
    expect(catalogueRoot([{ ...items[0], title: 'Eleven' }, ...items.slice(1)])).not.toBe(root);
  });
});
