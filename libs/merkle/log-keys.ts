import { checkpointOf, type Checkpoint } from './checkpoint.js';
import type { VerifySignature } from './ed25519.js';
import { MerkleError } from './merkle-error.js';
import type { NoteKey } from './note-key.js';
import { checkSignedByAny, parseNote, signaturesNaming } from './signed-note.js';

/** `from` ≤ place in the log < `until`; null: no end is known. */
export interface KeyPeriod {
  readonly from: number;
  readonly until: number | null;
}

/** A key of a log, and the sizes of the checkpoints that it may sign. */
export interface LogKey extends KeyPeriod {
  readonly key: NoteKey;
}

export function isInForce({ from, until }: KeyPeriod, place: number): boolean {
  return place >= from && (until === null || place < until);
}

/**
 * Opens a checkpoint of a log that has had several keys. One signature of a key that is in force at the checkpoint's size is needed;
 * every signature that names one of the keys must hold, of retired ones, too.
 *
 * @param keys of one log, so all of one name
 * @throws MerkleError those of openCheckpoint; LOG_KEY_RETIRED, LOG_KEY_NOT_ANNOUNCED
 */
export function openCheckpointOf(
  bytes: Uint8Array,
  keys: readonly LogKey[],
  verify?: VerifySignature,
): Checkpoint {
  const note = parseNote(bytes);
  checkSignedByAny(
    note,
    keys.map(({ key }) => key),
    verify,
  );
  const checkpoint = checkpointOf(keys[0].key.name, note.text);
  const signers = keys.filter(({ key }) => signaturesNaming(key, note).length > 0);
  if (!signers.some((signer) => isInForce(signer, checkpoint.size))) throw notInForce(signers, checkpoint);
  return checkpoint;
}

function notInForce(signers: readonly LogKey[], { size }: Checkpoint): MerkleError {
  const retired = signers.find(({ until }) => until !== null && size >= until);
  if (retired !== undefined)
    return new MerkleError(
      'LOG_KEY_RETIRED',
      'only a key that was retired before has signed the checkpoint',
      {
        facts: { size, retiredAt: retired.until ?? undefined },
      },
    );
  return new MerkleError('LOG_KEY_NOT_ANNOUNCED', 'the key that signed was announced in a larger tree only', {
    facts: { size, announcedBefore: signers[0].from },
  });
}
