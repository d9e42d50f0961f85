import { sha256, type Sha256 } from '#libs/essentials';

/** Length of a key and of a hash, in bytes; a path has KEY_LENGTH × 8 turns. */
export const KEY_LENGTH = 32;
export const KEY_BITS = KEY_LENGTH * 8;

export const LEAF_PREFIX = 0x00; // DESIGN §6; separates leaves from nodes, as RFC 6962 §2.1 does
export const NODE_PREFIX = 0x01;

/** An empty subtree of any height. No leaf or node hashes to it. */
export const EMPTY_SUBTREE: Uint8Array = new Uint8Array(32);

/**
 * Leaf and node hashes of a sparse Merkle map. Both reuse one 65-byte buffer, so an instance belongs to one caller at a time.
 * The hash function must return a fresh 32-byte array each time.
 */
export class SparseHasher {
  private readonly scratch = new Uint8Array(1 + 2 * 32);

  constructor(private readonly hash: Sha256 = sha256) {}

  valueHash(value: Uint8Array): Uint8Array {
    return this.hash(value);
  }

  /** H(00 ‖ key ‖ H(value)). */
  leaf(key: Uint8Array, valueHash: Uint8Array): Uint8Array {
    return this.combine(LEAF_PREFIX, key, valueHash);
  }

  /** H(01 ‖ left ‖ right). */
  node(left: Uint8Array, right: Uint8Array): Uint8Array {
    return this.combine(NODE_PREFIX, left, right);
  }

  private combine(prefix: number, first: Uint8Array, second: Uint8Array): Uint8Array {
    this.scratch[0] = prefix;
    this.scratch.set(first, 1);
    this.scratch.set(second, 33);
    return this.hash(this.scratch);
  }
}

/** Turn of the path to `key` at `depth` (0 = below the root): the most significant bit comes first. 1 is right. The key begins at `at`. */
export function turn(key: Uint8Array, depth: number, at = 0): 0 | 1 {
  return ((key[at + (depth >> 3)] >> (7 - (depth & 7))) & 1) as 0 | 1;
}
