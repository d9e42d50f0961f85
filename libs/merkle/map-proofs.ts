import { equalBytes, type Sha256 } from '#libs/essentials';
import type { HashedEntry } from './map-touches.js';
import { MerkleError } from './merkle-error.js';
import { readPrunedMap, type KeyChange } from './pruned-map.js';

/** From one version of a map to the next. */
export interface DeltaClaim {
  /** 32 bytes each. */
  readonly oldRoot: Uint8Array;
  readonly newRoot: Uint8Array;
  /** A pruned map. */
  readonly proof: Uint8Array;
  /** Keys of which the proof says whether they are in the new version. */
  readonly asked?: readonly Uint8Array[];
}

/** All that differs between two versions, and what the keys that were asked for are in the new one. */
export interface Delta {
  /** In the order of the keys, as the others are. */
  readonly deleted: readonly HashedEntry[];
  readonly added: readonly HashedEntry[];
  /** Keys that are in both with different values. */
  readonly replaced: readonly KeyChange[];
  /** Those of the asked keys that are in the new version; the others are not. */
  readonly present: readonly HashedEntry[];
}

/**
 * Verifies that one root leads to the other by exactly the changes it returns (docs/design/dataset-maps.md).
 *
 * @example
 * const { deleted } = verifyDelta({ oldRoot, newRoot, proof });
 * @throws MerkleError PRUNED_…, DELTA_OLD_ROOT_MISMATCH, DELTA_NEW_ROOT_MISMATCH, SPARSE_KEY_…
 */
export function verifyDelta({ oldRoot, newRoot, proof, asked = [] }: DeltaClaim, hash?: Sha256): Delta {
  const read = readPrunedMap(proof, asked, hash);
  if (!equalBytes(read.oldRoot, oldRoot))
    throw new MerkleError('DELTA_OLD_ROOT_MISMATCH', 'the proof begins at another root');
  if (!equalBytes(read.newRoot, newRoot))
    throw new MerkleError('DELTA_NEW_ROOT_MISMATCH', 'the proof leads to another root');
  const deleted: HashedEntry[] = [];
  const added: HashedEntry[] = [];
  const replaced: KeyChange[] = [];
  for (const change of read.changes) {
    const { key, before, after } = change;
    if (after === undefined) deleted.push({ key, valueHash: before! });
    else if (before === undefined) added.push({ key, valueHash: after });
    else replaced.push(change);
  }
  return { deleted, added, replaced, present: read.present };
}

/**
 * Verifies a proof about several keys of one map. Those it does not return are not in the map.
 *
 * @throws MerkleError PRUNED_…, MAP_PROOF_HAS_CHANGES, MAP_ROOT_MISMATCH, SPARSE_KEY_…
 */
export function verifyKeys(
  root: Uint8Array,
  keys: readonly Uint8Array[],
  proof: Uint8Array,
  hash?: Sha256,
): readonly HashedEntry[] {
  const read = readPrunedMap(proof, keys, hash);
  if (read.changes.length > 0)
    throw new MerkleError('MAP_PROOF_HAS_CHANGES', 'a proof about one map has no changes');
  if (!equalBytes(read.newRoot, root))
    throw new MerkleError('MAP_ROOT_MISMATCH', 'the proof is about a map with another root');
  return read.present;
}
