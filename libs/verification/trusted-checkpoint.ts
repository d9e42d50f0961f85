import { MerkleError, openCheckpointOf, type Checkpoint } from '#libs/merkle';
import type { TrustPolicy } from './trust.js';
import { VerificationError, type VerificationErrorCode } from './verification-error.js';

const CODES: Partial<Record<string, VerificationErrorCode>> = {
  NOTE_NOT_SIGNED_BY_KEY: 'CHECKPOINT_NOT_SIGNED_BY_LOG',
  NOTE_SIGNATURE_INVALID: 'CHECKPOINT_SIGNATURE_INVALID',
  CHECKPOINT_ORIGIN_MISMATCH: 'CHECKPOINT_ORIGIN_MISMATCH',
  LOG_KEY_RETIRED: 'LOG_KEY_RETIRED',
  LOG_KEY_NOT_ANNOUNCED: 'LOG_KEY_NOT_ANNOUNCED',
};

/**
 * Opens a checkpoint as far as the trust folder vouches for whoever signed it; every claim about the log begins here.
 *
 * @param note signed note, chosen by whoever hands it over
 * @throws VerificationError CHECKPOINT_MALFORMED, CHECKPOINT_NOT_SIGNED_BY_LOG, CHECKPOINT_SIGNATURE_INVALID,
 *   CHECKPOINT_ORIGIN_MISMATCH, LOG_KEY_RETIRED, LOG_KEY_NOT_ANNOUNCED
 */
export function openTrustedCheckpoint(
  note: Uint8Array,
  { logKeys, verifySignature }: TrustPolicy,
): Checkpoint {
  try {
    return openCheckpointOf(note, logKeys, verifySignature);
  } catch (cause) {
    if (!(cause instanceof MerkleError)) throw cause;
    throw new VerificationError(CODES[cause.code] ?? 'CHECKPOINT_MALFORMED', cause.message, {
      facts: { ...cause.facts, reason: cause.code },
      nextStep:
        'Do not rely on this checkpoint: fetch it again from the log, and compare it with what others were given.',
      cause,
    });
  }
}
