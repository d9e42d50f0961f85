import type { Sha256 } from '#libs/essentials';
import { EMPTY_SUBTREE, SparseHasher, turn } from './sparse-map-hashing.js';
import { sortEntries, type SparseEntry } from './sparse-map-order.js';

/**
 * Root of the sparse Merkle map over `entries` (DESIGN §6): leaf H(00‖key‖H(value)), node H(01‖left‖right), an empty subtree is 32
 * zero bytes, a subtree that holds one key is that key's leaf. The order of the entries does not matter. A dataset map
 * has record labels as keys and record commitments as values; the leaf hashes the commitment once more.
 *
 * Cost for n random keys: n value hashes, n leaf hashes, about 1.44 n node hashes.
 *
 * @param hash SHA-256; pass the platform's own for large maps
 * @throws MerkleError SPARSE_KEY_LENGTH, SPARSE_KEY_DUPLICATE, SPARSE_VALUE_EMPTY
 * @example
 * const root = sparseMapRoot(records.map((r) => ({ key: r.label, value: recordCommitment(r.opening, r) })));
 */
export function sparseMapRoot(entries: readonly SparseEntry[], hash?: Sha256): Uint8Array {
  const sorted = sortEntries(entries);
  return subtreeRoot(sorted, 0, sorted.length, 0, new SparseHasher(hash));
}

/** Root of the subtree at `depth` that holds sorted[from … to). */
export function subtreeRoot(
  sorted: readonly SparseEntry[],
  from: number,
  to: number,
  depth: number,
  hasher: SparseHasher,
): Uint8Array {
  if (from === to) return EMPTY_SUBTREE.slice();
  if (to - from === 1) return hasher.leaf(sorted[from].key, hasher.valueHash(sorted[from].value));
  const middle = firstOnTheRight(sorted, from, to, depth);
  const left = subtreeRoot(sorted, from, middle, depth + 1, hasher);
  const right = subtreeRoot(sorted, middle, to, depth + 1, hasher);
  return hasher.node(left, right);
}

/** Where the keys that turn right at `depth` begin; all of sorted[from … to) agree in the turns above. */
export function firstOnTheRight(
  sorted: readonly SparseEntry[],
  from: number,
  to: number,
  depth: number,
): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (turn(sorted[middle].key, depth) === 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
