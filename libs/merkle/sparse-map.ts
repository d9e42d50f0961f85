import { compareBytes, equalBytes, toHex, type Sha256 } from '#libs/essentials';
import { MerkleError } from './merkle-error.js';
import { EMPTY_SUBTREE, KEY_BITS, SparseHasher, turn } from './sparse-map-hashing.js';
import { checkKeyLength, sortEntries, type SparseEntry } from './sparse-map-order.js';
import { firstOnTheRight, subtreeRoot } from './sparse-map-root.js';

/** What stands at the end of the path to a key that is absent: nothing, or the leaf of another key. */
export interface OtherLeaf {
  /** 32 bytes. */
  readonly key: Uint8Array;
  /** H(value) of that key, 32 bytes. */
  readonly valueHash: Uint8Array;
}

/** Proof that a key is in the map with a value, or that it is not in the map. */
export interface SparseProof {
  /** Hashes beside the path, the root's child first; at most 256. */
  readonly siblings: readonly Uint8Array[];
  /** Only in a proof of absence, and only where the path ends at another key. */
  readonly other?: OtherLeaf;
}

/**
 * A sparse Merkle map in memory that makes proofs.
 *
 * @example
 * const map = new SparseMap([{ key: label, value: commitment }]);
 * verifyInMap(map.root, label, commitment, map.prove(label));
 */
export class SparseMap {
  readonly root: Uint8Array;
  private readonly sorted: readonly SparseEntry[];
  private readonly hasher: SparseHasher;

  /** @throws MerkleError as sparseMapRoot does */
  constructor(entries: readonly SparseEntry[], hash?: Sha256) {
    this.sorted = sortEntries(entries);
    this.hasher = new SparseHasher(hash);
    this.root = subtreeRoot(this.sorted, 0, this.sorted.length, 0, this.hasher);
  }

  get size(): number {
    return this.sorted.length;
  }

  /** Proof of inclusion when the key is present, of absence when it is not. Hashes what the path leaves aside: O(n). */
  prove(key: Uint8Array): SparseProof {
    checkKeyLength(key);
    const siblings: Uint8Array[] = [];
    let from = 0;
    let to = this.sorted.length;
    while (to - from > 1) {
      const depth = siblings.length;
      const middle = firstOnTheRight(this.sorted, from, to, depth);
      const [ownFrom, ownTo, asideFrom, asideTo] =
        turn(key, depth) === 0 ? [from, middle, middle, to] : [middle, to, from, middle];
      siblings.push(subtreeRoot(this.sorted, asideFrom, asideTo, depth + 1, this.hasher));
      [from, to] = [ownFrom, ownTo];
    }
    const end = this.sorted.slice(from, to).at(0);
    if (end === undefined || compareBytes(end.key, key) === 0) return { siblings };
    return { siblings, other: { key: end.key, valueHash: this.hasher.valueHash(end.value) } };
  }
}

/**
 * Verifies that `key` has `value` in the map with `root`. The proof is chosen by the prover; the root is what the verifier trusts.
 *
 * @throws MerkleError SPARSE_KEY_LENGTH, SPARSE_VALUE_EMPTY, SPARSE_PROOF_MALFORMED, SPARSE_ROOT_MISMATCH
 */
export function verifyInMap(root: Uint8Array, key: Uint8Array, value: Uint8Array, proof: SparseProof): void {
  checkKeyLength(key);
  if (value.length === 0) throw new MerkleError('SPARSE_VALUE_EMPTY', 'a present key has a value');
  if (proof.other !== undefined) throw malformed('a proof of inclusion ends at the key itself');
  const hasher = new SparseHasher();
  fold(root, key, hasher.leaf(key, hasher.valueHash(value)), proof, hasher);
}

/**
 * Verifies that `key` is not in the map with `root`.
 *
 * @throws MerkleError SPARSE_KEY_LENGTH, SPARSE_PROOF_MALFORMED, SPARSE_PROOF_OF_OTHER_KEY, SPARSE_ROOT_MISMATCH
 */
export function verifyNotInMap(root: Uint8Array, key: Uint8Array, proof: SparseProof): void {
  checkKeyLength(key);
  const hasher = new SparseHasher();
  const { other, siblings } = proof;
  if (other === undefined) {
    fold(root, key, EMPTY_SUBTREE, proof, hasher);
    return;
  }
  checkKeyLength(other.key);
  if (other.valueHash.length !== 32) throw malformed('a value hash has 32 bytes');
  if (equalBytes(other.key, key)) throw malformed('the path ends at the key itself, so it is present');
  if (siblings.some((_, depth) => depth < KEY_BITS && turn(other.key, depth) !== turn(key, depth)))
    throw new MerkleError(
      'SPARSE_PROOF_OF_OTHER_KEY',
      'the leaf in the proof is not on the path to the key',
      {
        facts: { key: toHex(key) },
      },
    );
  fold(root, key, hasher.leaf(other.key, other.valueHash), proof, hasher);
}

function fold(
  root: Uint8Array,
  key: Uint8Array,
  end: Uint8Array,
  { siblings }: SparseProof,
  hasher: SparseHasher,
): void {
  if (siblings.length > KEY_BITS || siblings.some((sibling) => sibling.length !== 32))
    throw malformed('a proof has at most 256 hashes of 32 bytes');
  const computed = siblings.reduceRight(
    (hash, sibling, depth) =>
      turn(key, depth) === 0 ? hasher.node(hash, sibling) : hasher.node(sibling, hash),
    end,
  );
  if (!equalBytes(computed, root))
    throw new MerkleError('SPARSE_ROOT_MISMATCH', 'the proof leads to another root');
}

function malformed(what: string): MerkleError {
  return new MerkleError('SPARSE_PROOF_MALFORMED', what);
}
