import { compareBytes } from '#libs/essentials';
import { MerkleError } from './merkle-error.js';
import { KEY_LENGTH } from './sparse-map-hashing.js';

/** One present key. */
export interface SparseEntry {
  /** 32 bytes. */
  readonly key: Uint8Array;
  /** Any bytes but none: in the maps this rule is taken from, writing an empty value means deletion. */
  readonly value: Uint8Array;
}

/** Entries in byte order of their keys; checks key lengths, empty values and duplicates. */
export function sortEntries(entries: readonly SparseEntry[]): SparseEntry[] {
  entries.forEach(check);
  return Array.from(
    orderOfKeys(
      entries.length,
      (index) => entries[index].key,
      (index) => leading32(entries[index].key),
    ),
    (index) => entries[index],
  );
}

/**
 * Indices of `count` keys in byte order of the keys.
 *
 * A comparator over a million byte strings is slow, so the leading bits of each key and its index are packed into one double
 * (together at most 53 bits), sorted natively, and runs that agree in those bits are put in order afterwards.
 *
 * @param leading32Of the first 32 bits of a key, most significant first
 * @throws MerkleError SPARSE_KEY_DUPLICATE
 */
export function orderOfKeys(
  count: number,
  keyOf: (index: number) => Uint8Array,
  leading32Of: (index: number) => number,
): Uint32Array {
  const indexSpan = 2 ** Math.ceil(Math.log2(Math.max(count, 2)));
  const prefixBits = Math.min(32, 53 - Math.log2(indexSpan));
  const packed = new Float64Array(count);
  for (let index = 0; index < count; index++)
    packed[index] = (leading32Of(index) >>> (32 - prefixBits)) * indexSpan + index;
  packed.sort();
  const order = Uint32Array.from(packed, (value) => value % indexSpan);
  const prefixOf = (at: number) => Math.floor(packed[at] / indexSpan);
  for (let from = 0, to = 1; from < count; from = to, to = from + 1) {
    while (to < count && prefixOf(to) === prefixOf(from)) to++;
    if (to - from > 1) sortRun(order.subarray(from, to), keyOf);
  }
  return order;
}

function check({ key, value }: SparseEntry): void {
  checkKeyLength(key);
  if (value.length === 0) throw new MerkleError('SPARSE_VALUE_EMPTY', 'a present key has a value');
}

/** @throws MerkleError SPARSE_KEY_LENGTH */
export function checkKeyLength(key: Uint8Array): void {
  if (key.length === KEY_LENGTH) return;
  throw new MerkleError('SPARSE_KEY_LENGTH', 'a key of a sparse map has 32 bytes', {
    facts: { length: key.length },
  });
}

/** First 32 bits of the key that begins at `at`. */
export function leading32(bytes: Uint8Array, at = 0): number {
  return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
}

function sortRun(run: Uint32Array, keyOf: (index: number) => Uint8Array): void {
  run.sort((a, b) => compareBytes(keyOf(a), keyOf(b)));
  for (let at = 1; at < run.length; at++)
    if (compareBytes(keyOf(run[at - 1]), keyOf(run[at])) === 0)
      throw new MerkleError('SPARSE_KEY_DUPLICATE', 'a key stands twice in one map');
}
