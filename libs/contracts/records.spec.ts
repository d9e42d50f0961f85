import { createHash, createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { toHex } from '#libs/essentials';
import { catalogueRoot, sortedItemIds } from './catalogue.js';
import { coarseLabel, coarseLabelsAround, recordCommitment, recordLabel } from './records.js';

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

  it('is one in whatever case and composition item and type are written', () => {
    const spelt = (item: string, type: string) => toHex(coarseLabel(key, { ...identity, item, type }));
    expect(spelt('AMÉLIE', 'Rating')).toBe(spelt('ame\u0301lie', 'rating'));
    expect(spelt('AMELIE', 'Rating')).not.toBe(spelt('amélie', 'rating'));
  });

  it('stands beside that of the other day when the clock may be off across midnight, and only then', () => {
    const around = (time: number) => coarseLabelsAround(key, { ...identity, time }, 3600).map(toHex);
    const day = (time: number) => toHex(coarseLabel(key, { ...identity, time }));
    const midnight = Date.UTC(2001, 0, 1) / 1000;
    expect(around(midnight)).toEqual([day(midnight - 1), day(midnight)]);
    expect(around(midnight - 1)).toEqual([day(midnight - 1), day(midnight)]);
    expect(around(midnight + 3600)).toEqual([day(midnight)]);
    expect(around(midnight - 3601)).toEqual([day(midnight - 1)]);
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
