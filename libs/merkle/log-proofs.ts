import { checkIndex, checkSize, HASH_LENGTH, nodeHash, sameHash } from './log-tree.js';
import { MerkleError } from './merkle-error.js';

/** A claim that the leaf is number `index` of the tree with `root` at `size`. Everything but the root is chosen by the prover. */
export interface InclusionClaim {
  readonly index: number;
  readonly size: number;
  /** RFC 6962 leaf hash, 32 bytes. */
  readonly leafHash: Uint8Array;
  readonly proof: readonly Uint8Array[];
  readonly root: Uint8Array;
}

/** A claim that the tree with `newRoot` begins with the tree with `oldRoot`. */
export interface ConsistencyClaim {
  readonly oldSize: number;
  readonly newSize: number;
  readonly oldRoot: Uint8Array;
  readonly newRoot: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/**
 * Verifies an inclusion proof (RFC 9162 §2.1.3.2).
 *
 * @throws MerkleError TREE_SIZE_INVALID, HASH_LENGTH, INCLUSION_INDEX_OUT_OF_RANGE, INCLUSION_PROOF_LENGTH, INCLUSION_ROOT_MISMATCH
 */
export function verifyInclusion(claim: InclusionClaim): void {
  const { index, size, root } = claim;
  checkHashes([root]);
  if (!sameHash(inclusionRoot(claim), root))
    throw new MerkleError('INCLUSION_ROOT_MISMATCH', 'the proof leads to another root', {
      facts: { index, size },
    });
}

/**
 * The root that an inclusion proof leads to (RFC 9162 §2.1.3.2, step 4), for formats that sign the root instead of naming it.
 *
 * @throws MerkleError TREE_SIZE_INVALID, HASH_LENGTH, INCLUSION_INDEX_OUT_OF_RANGE, INCLUSION_PROOF_LENGTH
 */
export function inclusionRoot({ index, size, leafHash, proof }: Omit<InclusionClaim, 'root'>): Uint8Array {
  checkSize(size);
  checkIndex(index, size);
  checkHashes([leafHash, ...proof]);
  let fn = index;
  let sn = size - 1;
  let hash = leafHash;
  for (const sibling of proof) {
    if (sn === 0) throw wrongInclusionLength(proof.length, size);
    if (fn % 2 === 1 || fn === sn) {
      hash = nodeHash(sibling, hash);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else hash = nodeHash(hash, sibling);
    [fn, sn] = [half(fn), half(sn)];
  }
  if (sn !== 0) throw wrongInclusionLength(proof.length, size);
  return hash;
}

/**
 * Verifies a consistency proof (RFC 9162 §2.1.4.2). A claim about the empty tree proves nothing and is refused.
 *
 * @throws MerkleError TREE_SIZE_INVALID, HASH_LENGTH, CONSISTENCY_SIZES_OUT_OF_ORDER, CONSISTENCY_PROOF_LENGTH,
 *   CONSISTENCY_OLD_ROOT_MISMATCH, CONSISTENCY_NEW_ROOT_MISMATCH
 */
export function verifyConsistency(claim: ConsistencyClaim): void {
  const { oldSize, newSize, oldRoot, newRoot, proof } = claim;
  checkSize(oldSize);
  checkSize(newSize);
  if (oldSize < 1 || oldSize > newSize)
    throw new MerkleError('CONSISTENCY_SIZES_OUT_OF_ORDER', 'the older tree has 1 … newer size leaves', {
      facts: { oldSize, newSize },
    });
  checkHashes([oldRoot, newRoot, ...proof]);
  if (oldSize === newSize) {
    if (proof.length > 0) throw wrongConsistencyLength(claim);
    if (!sameHash(oldRoot, newRoot)) throw newRootMismatch(claim);
    return;
  }
  const { first, second } = foldConsistency(claim);
  if (!sameHash(first, oldRoot))
    throw new MerkleError('CONSISTENCY_OLD_ROOT_MISMATCH', 'the proof leads to another old root', {
      facts: { oldSize, newSize },
    });
  if (!sameHash(second, newRoot)) throw newRootMismatch(claim);
}

/** Steps 2 to 6 of RFC 9162 §2.1.4.2, with its names; 0 < oldSize < newSize. */
function foldConsistency(claim: ConsistencyClaim): { first: Uint8Array; second: Uint8Array } {
  const { oldSize, newSize, oldRoot, proof } = claim;
  const path = isPowerOfTwo(oldSize) ? [oldRoot, ...proof] : [...proof];
  if (path.length === 0) throw wrongConsistencyLength(claim);
  let fn = oldSize - 1;
  let sn = newSize - 1;
  while (fn % 2 === 1) [fn, sn] = [half(fn), half(sn)];
  let first = path[0];
  let second = path[0];
  for (const hash of path.slice(1)) {
    if (sn === 0) throw wrongConsistencyLength(claim);
    if (fn % 2 === 1 || fn === sn) {
      first = nodeHash(hash, first);
      second = nodeHash(hash, second);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else second = nodeHash(second, hash);
    [fn, sn] = [half(fn), half(sn)];
  }
  if (sn !== 0) throw wrongConsistencyLength(claim);
  return { first, second };
}

/** Sizes go up to 2^53, beyond what shift operators hold. */
function half(value: number): number {
  return Math.floor(value / 2);
}

function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(Math.log2(value)) && 2 ** Math.log2(value) === value;
}

function checkHashes(hashes: readonly Uint8Array[]): void {
  const wrong = hashes.find((hash) => hash.length !== HASH_LENGTH);
  if (wrong !== undefined)
    throw new MerkleError('HASH_LENGTH', 'a hash has 32 bytes', { facts: { length: wrong.length } });
}

function wrongInclusionLength(length: number, size: number): MerkleError {
  return new MerkleError('INCLUSION_PROOF_LENGTH', 'the proof has too few or too many hashes', {
    facts: { length, size },
  });
}

function wrongConsistencyLength({ proof, oldSize, newSize }: ConsistencyClaim): MerkleError {
  return new MerkleError('CONSISTENCY_PROOF_LENGTH', 'the proof has too few or too many hashes', {
    facts: { length: proof.length, oldSize, newSize },
  });
}

function newRootMismatch({ oldSize, newSize }: ConsistencyClaim): MerkleError {
  return new MerkleError('CONSISTENCY_NEW_ROOT_MISMATCH', 'the proof leads to another new root', {
    facts: { oldSize, newSize },
  });
}
