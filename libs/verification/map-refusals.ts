import { MerkleError } from '#libs/merkle';
import { VerificationError, type VerificationErrorCode } from './verification-error.js';

/** What a claim calls the ways in which a proof about a map can fail. */
export interface MapCodes {
  readonly malformed: VerificationErrorCode;
  /** A label lies in a part that the proof leaves out. */
  readonly notCovered: VerificationErrorCode;
  readonly oldRoot: VerificationErrorCode;
  readonly newRoot: VerificationErrorCode;
}

export const NEXT_STEP_FOR_PROOFS =
  'Do not rely on this file: ask the operator for it again, and tell the supervisory authority when it is refused again.';

/** Runs a check of a proof, and says in the words of the claim why it fails. */
export function checkMapProof<T>(
  check: () => T,
  codes: MapCodes,
  facts: { readonly shard?: number } = {},
): T {
  try {
    return check();
  } catch (cause) {
    if (!(cause instanceof MerkleError)) throw cause;
    throw new VerificationError(codeOf(cause, codes), cause.message, {
      facts: { ...facts, reason: cause.code },
      nextStep: NEXT_STEP_FOR_PROOFS,
      cause,
    });
  }
}

function codeOf(
  { code }: MerkleError,
  { malformed, notCovered, oldRoot, newRoot }: MapCodes,
): VerificationErrorCode {
  if (code === 'PRUNED_KEY_NOT_COVERED') return notCovered;
  if (code === 'DELTA_OLD_ROOT_MISMATCH') return oldRoot;
  if (code === 'DELTA_NEW_ROOT_MISMATCH' || code === 'MAP_ROOT_MISMATCH') return newRoot;
  return malformed;
}
