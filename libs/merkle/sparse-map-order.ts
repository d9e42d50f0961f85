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

/**
 * Entries in byte order of their keys; checks key lengths, empty values and duplicates.
 *
 * A comparator over a million byte strings is slow, so the leading bits of each key and its index are packed into one double
 * (together at most 53 bits), sorted natively, and runs that agree in those bits are put in order afterwards.
 */
export function sortEntries(entries: readonly SparseEntry[]): SparseEntry[] {
  entries.forEach(check);
  const indexSpan = 2 ** Math.ceil(Math.log2(Math.max(entries.length, 2)));
  const prefixBits = Math.min(32, 53 - Math.log2(indexSpan));
  const packed = Float64Array.from(
    entries,
    ({ key }, index) => (leading32(key) >>> (32 - prefixBits)) * indexSpan + index,
  ).sort();
  const sorted = Array.from(packed, (value) => entries[value % indexSpan]);
  const prefixOf = (at: number) => Math.floor(packed[at] / indexSpan);
  for (let from = 0, to = 1; from < sorted.length; from = to, to = from + 1) {
    while (to < sorted.length && prefixOf(to) === prefixOf(from)) to++;
    if (to - from > 1) sortRun(sorted, from, to);
  }
  return sorted;
}

function check({ key, value }: SparseEntry): void {
  if (key.length !== KEY_LENGTH)
    throw new MerkleError('SPARSE_KEY_LENGTH', 'a key of a sparse map has 32 bytes', {
      facts: { length: key.length },
    });
  if (value.length === 0) throw new MerkleError('SPARSE_VALUE_EMPTY', 'a present key has a value');
}

function leading32(key: Uint8Array): number {
  return ((key[0] << 24) | (key[1] << 16) | (key[2] << 8) | key[3]) >>> 0;
}

function sortRun(entries: SparseEntry[], from: number, to: number): void {
  const run = entries.slice(from, to).sort((a, b) => compareBytes(a.key, b.key));
  run.forEach((entry, offset) => {
    if (offset > 0 && compareBytes(run[offset - 1].key, entry.key) === 0)
      throw new MerkleError('SPARSE_KEY_DUPLICATE', 'a key stands twice in one map');
    entries[from + offset] = entry;
  });
}
