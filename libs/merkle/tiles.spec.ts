import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { utf8 } from '#libs/essentials';
import { describeWithShared } from '#libs/testkit';
import {
  encodeEntryBundle,
  encodeTile,
  entriesPath,
  leafHash,
  parseEntryBundle,
  parseTile,
  tilePath,
  tilesBetween,
} from './index.js';

const refusal = (code: string) => expect.objectContaining({ name: 'MerkleError', code });

describeWithShared('vectors/derived-from-specs/signed-note-and-dsse.json', 'tile arithmetic', (path) => {
  const { tile_arithmetic: expected } = JSON.parse(readFileSync(path, 'utf8')) as {
    tile_arithmetic: Record<string, number> & { index_path_example: { index: number; path: string } };
  };
  const tiles = tilesBetween(0, expected.tree_size);
  const full = (level: number) => tiles.filter((tile) => tile.level === level && tile.width === 256).length;
  const partial = (level: number) => tiles.filter((tile) => tile.level === level && tile.width < 256);

  it('gives the tiles of a tree of 70,000 leaves', () => {
    expect(full(0)).toBe(expected.level0_full);
    expect(full(1)).toBe(expected.level1_full);
    expect(full(2)).toBe(0);
    expect([0, 1, 2].map((level) => partial(level).map(({ width }) => width))).toEqual([
      [expected.level0_partial_width],
      [expected.level1_partial_width],
      [expected.level2_partial_width],
    ]);
  });

  it('spells tile indexes in groups of three digits', () => {
    const { index, path: spelled } = expected.index_path_example;
    expect(tilePath({ level: 1, index, width: 256 })).toBe(`tile/1/${spelled}`);
    expect(entriesPath(index, 5)).toBe(`tile/entries/${spelled}.p/5`);
    expect(tilePath({ level: 0, index: 0, width: 1 })).toBe('tile/0/000.p/1');
    expect(tilePath({ level: 0, index: 1000, width: 256 })).toBe('tile/0/x001/000');
  });
});

describe('the tiles of a growing log', () => {
  it('are a full tile and a partial one above it at 256 leaves', () => {
    expect(tilesBetween(0, 256)).toEqual([
      { level: 0, index: 0, width: 256 },
      { level: 1, index: 0, width: 1 },
    ]);
  });

  it('change only at the right edge', () => {
    expect(tilesBetween(256, 257)).toEqual([{ level: 0, index: 1, width: 1 }]);
    expect(tilesBetween(511, 513)).toEqual([
      { level: 0, index: 1, width: 256 },
      { level: 0, index: 2, width: 1 },
      { level: 1, index: 0, width: 2 },
    ]);
    expect(tilesBetween(300, 300)).toEqual([]);
  });

  it('hold the hashes of their level one after the other', () => {
    const label = (level: number, index: number) => leafHash(utf8(`${level}/${index}`));
    const tile = { level: 1, index: 2, width: 3 };
    const hashes = parseTile(encodeTile(tile, label), 3);
    expect(hashes).toEqual([label(8, 512), label(8, 513), label(8, 514)]);
  });

  it('are refused when their length is not that of their name', () => {
    expect(() => parseTile(new Uint8Array(64), 3)).toThrow(refusal('TILE_MALFORMED'));
  });
});

describe('an entry bundle', () => {
  const entries = [utf8('one'), new Uint8Array(), new Uint8Array(65_535).fill(7)];

  it('gives back its entries', () => {
    expect(parseEntryBundle(encodeEntryBundle(entries), 3)).toEqual(entries);
  });

  it('has the length of each entry before it, most significant byte first', () => {
    expect([...encodeEntryBundle([new Uint8Array(258)]).subarray(0, 2)]).toEqual([1, 2]);
  });

  it.each([
    ['cut short', encodeEntryBundle(entries).subarray(0, -1), 3],
    ['with half a length at the end', Uint8Array.of(0, 1, 7, 0), 1],
    ['of fewer entries than its name says', encodeEntryBundle(entries), 4],
    ['of more entries than its name says', encodeEntryBundle(entries), 2],
  ])('%s is refused', (_, bytes, width) => {
    expect(() => parseEntryBundle(bytes, width)).toThrow(refusal('TILE_MALFORMED'));
  });

  it('cannot hold an entry of 64 KiB', () => {
    expect(() => encodeEntryBundle([new Uint8Array(65_536)])).toThrow(refusal('ENTRY_TOO_LARGE'));
  });
});
