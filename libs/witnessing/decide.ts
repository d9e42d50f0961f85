import { equalBytes } from '#libs/essentials';
import {
  checkSignedByAny,
  MerkleError,
  treeRoot,
  verifyConsistency,
  type NoteKey,
  type VerifySignature,
} from '#libs/merkle';
import type { ParsedAddCheckpoint } from './add-checkpoint.js';

/** The largest tree of a log that a witness has cosigned. */
export interface WitnessedHead {
  readonly size: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
}

export type WitnessRefusalCode =
  | 'LOG_UNKNOWN'
  | 'CHECKPOINT_NOT_SIGNED_BY_LOG'
  | 'CHECKPOINT_SIGNATURE_INVALID'
  | 'OLD_SIZE_BEYOND_CHECKPOINT'
  | 'OLD_SIZE_NOT_THE_ONE_HELD'
  | 'EMPTY_TREE_ROOT_MISMATCH'
  | 'PROOF_FROM_NOTHING_NOT_EMPTY'
  | 'SAME_SIZE_OTHER_ROOT'
  | 'NOT_CONSISTENT';

/** Why a witness does not cosign, with the status of the answer (C2SP tlog-witness, "add-checkpoint"). */
export interface WitnessRefusal {
  readonly status: 400 | 403 | 404 | 409 | 422;
  readonly code: WitnessRefusalCode;
  /** Of the tree that the witness holds; with 409 only. */
  readonly heldSize?: number;
}

/** What a witness requires of a request whatever it has seen before: a log it knows, a signature of that log, sizes in order. */
export function refuseStranger(
  { note, checkpoint, oldSize }: ParsedAddCheckpoint,
  keys: readonly NoteKey[],
  verify?: VerifySignature,
): WitnessRefusal | undefined {
  if (keys.length === 0) return { status: 404, code: 'LOG_UNKNOWN' };
  try {
    checkSignedByAny(note, keys, verify);
  } catch (cause) {
    if (!(cause instanceof MerkleError)) throw cause;
    const isMissing = cause.code === 'NOTE_NOT_SIGNED_BY_KEY';
    return { status: 403, code: isMissing ? 'CHECKPOINT_NOT_SIGNED_BY_LOG' : 'CHECKPOINT_SIGNATURE_INVALID' };
  }
  if (oldSize > checkpoint.size) return { status: 400, code: 'OLD_SIZE_BEYOND_CHECKPOINT' };
  return undefined;
}

/**
 * What a witness requires of a log it knows: that the checkpoint continues the one it cosigned last. Whoever calls it persists the new head
 * in the same transaction in which `held` was read, before anything is signed.
 *
 * @param held undefined when nothing of this log was cosigned yet
 */
export function refuseFork(
  { oldSize, proof, checkpoint }: ParsedAddCheckpoint,
  held: WitnessedHead | undefined,
): WitnessRefusal | undefined {
  const heldSize = held?.size ?? 0;
  if (oldSize !== heldSize) return { status: 409, code: 'OLD_SIZE_NOT_THE_ONE_HELD', heldSize };
  if (checkpoint.size === 0 && !equalBytes(checkpoint.root, EMPTY_ROOT))
    return { status: 422, code: 'EMPTY_TREE_ROOT_MISMATCH' };
  if (held === undefined || heldSize === 0)
    return proof.length > 0 ? { status: 422, code: 'PROOF_FROM_NOTHING_NOT_EMPTY' } : undefined;
  if (heldSize === checkpoint.size && !equalBytes(held.root, checkpoint.root))
    return { status: 422, code: 'SAME_SIZE_OTHER_ROOT' };
  return isConsistent(held, checkpoint, proof) ? undefined : { status: 422, code: 'NOT_CONSISTENT' };
}

const EMPTY_ROOT = treeRoot(0, () => new Uint8Array());

function isConsistent(held: WitnessedHead, next: WitnessedHead, proof: readonly Uint8Array[]): boolean {
  try {
    verifyConsistency({
      oldSize: held.size,
      newSize: next.size,
      oldRoot: held.root,
      newRoot: next.root,
      proof,
    });
    return true;
  } catch (cause) {
    if (!(cause instanceof MerkleError)) throw cause;
    return false;
  }
}
