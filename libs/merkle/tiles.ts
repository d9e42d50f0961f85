import { concatBytes } from '#libs/essentials';
import { HASH_LENGTH, type NodeReader } from './log-tree.js';
import { MerkleError } from './merkle-error.js';

/** Hashes in a full tile, entries in a full bundle (C2SP tlog-tiles). */
export const TILE_WIDTH = 256;
const TILE_HEIGHT = 8;
const MAX_ENTRY_BYTES = 0xffff; // the length prefix of an entry is a uint16

/** One tile: `index` counts within its level; `width` is 256 when full, else 1 … 255. */
export interface Tile {
  readonly level: number;
  readonly index: number;
  readonly width: number;
}

/** `tile/<L>/<N>[.p/<W>]`. */
export function tilePath({ level, index, width }: Tile): string {
  return `tile/${level}/${indexPath(index)}${partialSuffix(width)}`;
}

/** `tile/entries/<N>[.p/<W>]`. */
export function entriesPath(index: number, width: number): string {
  return `tile/entries/${indexPath(index)}${partialSuffix(width)}`;
}

/** Folder of the partial tiles that a full one makes obsolete. */
export function partialsPath(fullPath: string): string {
  return `${fullPath}.p`;
}

/** Tiles of every level that a log of `to` leaves has and one of `from` leaves has not, lower levels first. */
export function tilesBetween(from: number, to: number): Tile[] {
  const tiles: Tile[] = [];
  for (let level = 0, before = from, after = to; after > 0; level++) {
    for (let index = Math.floor(before / TILE_WIDTH); index * TILE_WIDTH < after; index++) {
      const width = Math.min(TILE_WIDTH, after - index * TILE_WIDTH);
      if (index * TILE_WIDTH + width > before) tiles.push({ level, index, width });
    }
    before = Math.floor(before / TILE_WIDTH);
    after = Math.floor(after / TILE_WIDTH);
  }
  return tiles;
}

/** Content of a hash tile: `width` hashes one after the other. */
export function encodeTile({ level, index, width }: Tile, node: NodeReader): Uint8Array {
  return concatBytes(
    ...Array.from({ length: width }, (_, i) => node(level * TILE_HEIGHT, index * TILE_WIDTH + i)),
  );
}

/** @throws MerkleError TILE_MALFORMED unless the tile is `width` hashes long */
export function parseTile(bytes: Uint8Array, width: number): Uint8Array[] {
  if (bytes.length !== width * HASH_LENGTH)
    throw new MerkleError('TILE_MALFORMED', 'the tile does not have the length its name says', {
      facts: { width, length: bytes.length },
    });
  return Array.from({ length: width }, (_, i) => bytes.slice(i * HASH_LENGTH, (i + 1) * HASH_LENGTH));
}

/** Entry bundle: each entry behind its length as a big-endian uint16. */
export function encodeEntryBundle(entries: readonly Uint8Array[]): Uint8Array {
  return concatBytes(
    ...entries.flatMap((entry) => {
      checkEntryLength(entry);
      return [Uint8Array.of(entry.length >> 8, entry.length & 0xff), entry];
    }),
  );
}

/** @throws MerkleError TILE_MALFORMED unless the bundle holds exactly `width` entries */
export function parseEntryBundle(bytes: Uint8Array, width: number): Uint8Array[] {
  const entries: Uint8Array[] = [];
  let at = 0;
  while (at + 2 <= bytes.length) {
    const end = at + 2 + ((bytes[at] << 8) | bytes[at + 1]);
    if (end > bytes.length) break;
    entries.push(bytes.slice(at + 2, end));
    at = end;
  }
  if (at !== bytes.length || entries.length !== width)
    throw new MerkleError('TILE_MALFORMED', 'the bundle does not hold the entries its name says', {
      facts: { width, entries: entries.length },
    });
  return entries;
}

/** @throws MerkleError ENTRY_TOO_LARGE for an entry no bundle can hold */
export function checkEntryLength(entry: Uint8Array): void {
  if (entry.length > MAX_ENTRY_BYTES)
    throw new MerkleError('ENTRY_TOO_LARGE', `an entry has at most ${MAX_ENTRY_BYTES} bytes`, {
      facts: { length: entry.length },
    });
}

/** Zero-padded groups of three digits, all but the last behind an x: 1234067 is x001/x234/067. */
function indexPath(index: number): string {
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/.{3}/g)!;
  return groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group)).join('/');
}

function partialSuffix(width: number): string {
  return width === TILE_WIDTH ? '' : `.p/${width}`;
}
