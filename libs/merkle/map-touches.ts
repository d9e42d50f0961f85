import { compareBytes } from '#libs/essentials';
import { MerkleError } from './merkle-error.js';
import { KEY_LENGTH } from './sparse-map-hashing.js';
import { checkKeyLength, leading32, orderOfKeys } from './sparse-map-order.js';

/** Length of an entry where it is kept: 32 bytes of key, then 32 bytes of value hash. */
export const ENTRY_LENGTH = 2 * KEY_LENGTH;
const KEY_WORDS = KEY_LENGTH / 4;

/** A key and H(value), 32 bytes each. */
export interface HashedEntry {
  readonly key: Uint8Array;
  readonly valueHash: Uint8Array;
}

/** What a new version of a map does to the one before, and what its proof is to show besides. No key may stand twice. */
export interface MapChanges {
  /** Keys that come to have this value hash; one that has it already counts as asked for. */
  readonly put?: readonly HashedEntry[];
  /** Keys that are there and go. */
  readonly remove?: readonly Uint8Array[];
  /** Keys that stay as they are, there or not, and of which the proof says so. */
  readonly ask?: readonly Uint8Array[];
}

export type Touch = 'put' | 'remove' | 'ask';

/** Everything that a walk down a map comes for, in the order of the keys. */
export class MapTouches {
  private constructor(
    /** Rows of ENTRY_LENGTH; the value hash counts for 'put' only. */
    readonly rows: Uint8Array,
    private readonly kinds: readonly Touch[] | undefined,
  ) {}

  /** @throws MerkleError SPARSE_KEY_LENGTH, SPARSE_KEY_DUPLICATE */
  static of({ put = [], remove = [], ask = [] }: MapChanges): MapTouches {
    const touches = [
      ...put.map((entry) => ({ kind: 'put' as const, ...entry })),
      ...remove.map((key) => ({ kind: 'remove' as const, key, valueHash: undefined })),
      ...ask.map((key) => ({ kind: 'ask' as const, key, valueHash: undefined })),
    ];
    for (const { key, valueHash = key } of touches) {
      checkKeyLength(key);
      checkKeyLength(valueHash);
    }
    const order = orderOfKeys(
      touches.length,
      (index) => touches[index].key,
      (index) => leading32(touches[index].key),
    );
    const rows = new Uint8Array(touches.length * ENTRY_LENGTH);
    order.forEach((index, place) => {
      rows.set(touches[index].key, place * ENTRY_LENGTH);
      rows.set(touches[index].valueHash ?? [], place * ENTRY_LENGTH + KEY_LENGTH);
    });
    return new MapTouches(
      rows,
      Array.from(order, (index) => touches[index].kind),
    );
  }

  /**
   * Entries of a whole map, for maps with very many: keys and value hashes lie one behind the other.
   * @throws MerkleError SPARSE_KEY_LENGTH, SPARSE_KEY_DUPLICATE
   */
  static ofPacked(keys: Uint8Array, valueHashes: Uint8Array): MapTouches {
    if (keys.length % KEY_LENGTH !== 0 || keys.length !== valueHashes.length)
      throw new MerkleError('SPARSE_KEY_LENGTH', 'each key and each value hash has 32 bytes', {
        facts: { keys: keys.length, valueHashes: valueHashes.length },
      });
    const rows = new Uint8Array(2 * keys.length);
    const order = orderOfKeys(
      keys.length / KEY_LENGTH,
      (index) => keys.subarray(index * KEY_LENGTH, (index + 1) * KEY_LENGTH),
      (index) => leading32(keys, index * KEY_LENGTH),
    );
    const [from, values, to] = [wordsOf(keys), wordsOf(valueHashes), wordsOf(rows)];
    let at = 0;
    for (let place = 0; place < order.length; place++) {
      const first = order[place] * KEY_WORDS;
      for (let word = first; word < first + KEY_WORDS; word++) to[at++] = from[word];
      for (let word = first; word < first + KEY_WORDS; word++) to[at++] = values[word];
    }
    return new MapTouches(rows, undefined);
  }

  get count(): number {
    return this.rows.length / ENTRY_LENGTH;
  }

  kind(index: number): Touch {
    return this.kinds === undefined ? 'put' : this.kinds[index];
  }

  /** First touch in [from, to) whose key has a nibble beyond `nibble` at `depth` nibbles; all of them agree in the nibbles before. */
  endOf(nibble: number, depth: number, from: number, to: number): number {
    let low = from;
    let high = to;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (nibbleOf(this.rows, middle * ENTRY_LENGTH, depth) <= nibble) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The bytes as they lie in memory, four at a time; a copy where they do not begin at a word. */
function wordsOf(bytes: Uint8Array): Uint32Array {
  const { buffer, byteOffset, byteLength } = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  return new Uint32Array(buffer, byteOffset, byteLength / 4);
}

/** Four bits of the key that begins at `at`, the most significant of each byte first. */
export function nibbleOf(rows: Uint8Array, at: number, depth: number): number {
  const byte = rows[at + (depth >> 1)];
  return (depth & 1) === 0 ? byte >> 4 : byte & 15;
}

/** Keys in byte order. @throws MerkleError SPARSE_KEY_LENGTH, SPARSE_KEY_DUPLICATE */
export function sortKeys(keys: readonly Uint8Array[]): Uint8Array[] {
  keys.forEach(checkKeyLength);
  const sorted = [...keys].sort(compareBytes);
  if (sorted.some((key, at) => at > 0 && compareBytes(sorted[at - 1], key) === 0))
    throw new MerkleError('SPARSE_KEY_DUPLICATE', 'a key stands twice in one list');
  return sorted;
}
