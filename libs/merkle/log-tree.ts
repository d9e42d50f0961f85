import { equalBytes, sha256 } from '#libs/essentials';
import { MerkleError } from './merkle-error.js';

export const HASH_LENGTH = 32;

const LEAF_PREFIX = 0x00; // RFC 6962 §2.1: separates leaves from interior nodes
const NODE_PREFIX = 0x01;

/** Hash of the complete subtree number `index` of 2^`level` leaves; level 0 are the leaf hashes. */
export type NodeReader = (level: number, index: number) => Uint8Array;

/** MTH(D[from:to]) of RFC 6962 §2.1. */
type RangeReader = (from: number, to: number) => Uint8Array;

/** MTH({d}) of RFC 6962 §2.1. */
export function leafHash(entry: Uint8Array): Uint8Array {
  const input = new Uint8Array(1 + entry.length);
  input[0] = LEAF_PREFIX;
  input.set(entry, 1);
  return sha256(input);
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  const input = new Uint8Array(1 + 2 * HASH_LENGTH);
  input[0] = NODE_PREFIX;
  input.set(left, 1);
  input.set(right, 1 + HASH_LENGTH);
  return sha256(input);
}

/** MTH(D[0:size]), RFC 6962 §2.1. The empty tree hashes to SHA-256 of nothing. */
export function treeRoot(size: number, node: NodeReader): Uint8Array {
  checkSize(size);
  return size === 0 ? sha256(new Uint8Array()) : rangeHash(0, size, node);
}

/** PATH(index, D[0:size]) of RFC 6962 §2.1.1, from the leaf's sibling up to the root's child. */
export function inclusionProof(index: number, size: number, node: NodeReader): Uint8Array[] {
  checkSize(size);
  checkIndex(index, size);
  return pathIn(index, 0, size, (from, to) => rangeHash(from, to, node));
}

/** The inclusion proofs of many leaves in one tree; what they have in common is read and hashed once. */
export function inclusionProofs(indexes: readonly number[], size: number, node: NodeReader): Uint8Array[][] {
  checkSize(size);
  const known = new Map<string, Uint8Array>();
  const range: RangeReader = (from, to) => {
    const key = `${from}-${to}`;
    const hash = known.get(key) ?? rangeHash(from, to, node);
    known.set(key, hash);
    return hash;
  };
  return indexes.map((index) => {
    checkIndex(index, size);
    return pathIn(index, 0, size, range);
  });
}

/** PROOF(from, D[0:to]) of RFC 6962 §2.1.2; empty when the sizes are equal. */
export function consistencyProof(from: number, to: number, node: NodeReader): Uint8Array[] {
  checkSize(from);
  checkSize(to);
  if (from < 1 || from > to)
    throw new MerkleError('CONSISTENCY_SIZES_OUT_OF_ORDER', 'the older tree has 1 … newer size leaves', {
      facts: { from, to },
    });
  return from === to ? [] : subProof(from, 0, to, true, node);
}

/** Complete nodes that come into being when leaf `index` is appended, the leaf itself first. */
export function nodesCompletedBy(
  index: number,
  hash: Uint8Array,
  node: NodeReader,
): { level: number; index: number; hash: Uint8Array }[] {
  const completed = [{ level: 0, index, hash }];
  for (let level = 0, at = index, top = hash; at % 2 === 1; level++) {
    top = nodeHash(node(level, at - 1), top);
    at = (at - 1) / 2;
    completed.push({ level: level + 1, index: at, hash: top });
  }
  return completed;
}

/** A log tree in memory that grows by appending. */
export class LogTree {
  private readonly levels: Uint8Array[][] = [[]];
  private readonly node: NodeReader = (level, index) => this.levels[level][index];

  get size(): number {
    return this.levels[0].length;
  }

  /** @returns the index of the entry */
  append(entry: Uint8Array): number {
    const index = this.size;
    for (const { level, hash } of nodesCompletedBy(index, leafHash(entry), this.node))
      (this.levels[level] ??= []).push(hash);
    return index;
  }

  root(size = this.size): Uint8Array {
    this.checkHeld(size);
    return treeRoot(size, this.node);
  }

  inclusionProof(index: number, size = this.size): Uint8Array[] {
    this.checkHeld(size);
    return inclusionProof(index, size, this.node);
  }

  consistencyProof(from: number, to = this.size): Uint8Array[] {
    this.checkHeld(to);
    return consistencyProof(from, to, this.node);
  }

  private checkHeld(size: number): void {
    if (size > this.size)
      throw new MerkleError('TREE_SIZE_INVALID', 'the tree is smaller', { facts: { size, held: this.size } });
  }
}

export function checkSize(size: number): void {
  if (!Number.isSafeInteger(size) || size < 0)
    throw new MerkleError('TREE_SIZE_INVALID', 'a tree size is an integer from 0 to 2^53 − 1');
}

export function checkIndex(index: number, size: number): void {
  if (!Number.isSafeInteger(index) || index < 0 || index >= size)
    throw new MerkleError('INCLUSION_INDEX_OUT_OF_RANGE', 'no leaf of that index is in the tree', {
      facts: { index, size },
    });
}

export function sameHash(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === HASH_LENGTH && equalBytes(a, b);
}

/** Largest power of two smaller than `count` (k of RFC 6962 §2.1); count ≥ 2. */
function split(count: number): number {
  let k = 1;
  while (k * 2 < count) k *= 2;
  return k;
}

/** Hash of leaves [from, to). `from` is a multiple of the smallest power of two ≥ to − from, as RFC 6962's recursion keeps it. */
function rangeHash(from: number, to: number, node: NodeReader): Uint8Array {
  const count = to - from;
  const level = Math.floor(Math.log2(count));
  if (2 ** level === count) return node(level, from / count);
  const middle = from + split(count);
  return nodeHash(rangeHash(from, middle, node), rangeHash(middle, to, node));
}

function pathIn(index: number, from: number, to: number, range: RangeReader): Uint8Array[] {
  if (to - from === 1) return [];
  const middle = from + split(to - from);
  return index < middle
    ? [...pathIn(index, from, middle, range), range(middle, to)]
    : [...pathIn(index, middle, to, range), range(from, middle)];
}

/** SUBPROOF of RFC 6962 §2.1.2; `whole` while the old tree's root is still the root of this range. */
function subProof(old: number, from: number, to: number, whole: boolean, node: NodeReader): Uint8Array[] {
  if (old === to) return whole ? [] : [rangeHash(from, to, node)];
  const middle = from + split(to - from);
  return old <= middle
    ? [...subProof(old, from, middle, whole, node), rangeHash(middle, to, node)]
    : [...subProof(old, middle, to, false, node), rangeHash(from, middle, node)];
}
