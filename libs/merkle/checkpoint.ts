import { fromBase64, toBase64 } from '#libs/essentials';
import type { Signer, VerifySignature } from './ed25519.js';
import { checkSize, HASH_LENGTH } from './log-tree.js';
import { MerkleError } from './merkle-error.js';
import type { NoteKey } from './note-key.js';
import { openNote, signNote } from './signed-note.js';

/** The head of a log (C2SP tlog-checkpoint). */
export interface Checkpoint {
  /** Identity of the log: a URL without scheme. */
  readonly origin: string;
  readonly size: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
}

/** Signs a checkpoint under its origin as key name, while a key is being rotated with both; the result is the file `checkpoint`. */
export function signCheckpoint({ origin, size, root }: Checkpoint, ...signers: readonly Signer[]): string {
  checkSize(size);
  return signNote(`${origin}\n${size}\n${toBase64(root)}\n`, origin, ...signers);
}

/**
 * Opens a checkpoint signed by `key`, whose name is the origin of the log. Extension lines are signed but not interpreted.
 *
 * @throws MerkleError those of openNote, CHECKPOINT_MALFORMED, CHECKPOINT_ORIGIN_MISMATCH
 */
export function openCheckpoint(note: Uint8Array, key: NoteKey, verify?: VerifySignature): Checkpoint {
  return checkpointOf(key.name, openNote(note, key, verify));
}

/** @throws MerkleError CHECKPOINT_MALFORMED, CHECKPOINT_ORIGIN_MISMATCH */
export function checkpointOf(origin: string, text: string): Checkpoint {
  const checkpoint = parseCheckpointText(text);
  if (checkpoint.origin !== origin)
    throw new MerkleError('CHECKPOINT_ORIGIN_MISMATCH', 'the checkpoint is of another log', {
      facts: { expected: origin },
    });
  return checkpoint;
}

/** @throws MerkleError CHECKPOINT_MALFORMED */
export function parseCheckpointText(text: string): Checkpoint {
  const lines = text.split('\n');
  const [origin, sizeText, rootText] = lines;
  if (lines.length < 4 || lines.pop() !== '' || lines.includes(''))
    throw malformed('expected origin, size and root on one line each');
  if (!/^(?:0|[1-9][0-9]{0,15})$/.test(sizeText) || !Number.isSafeInteger(Number(sizeText)))
    throw malformed('the size is not a decimal number below 2^53 without leading zeros');
  return { origin, size: Number(sizeText), root: parseRoot(rootText) };
}

function parseRoot(text: string): Uint8Array {
  let root: Uint8Array;
  try {
    root = fromBase64(text);
  } catch (cause) {
    throw malformed('the root is not base64', cause);
  }
  if (root.length !== HASH_LENGTH) throw malformed('the root is not 32 bytes');
  return root;
}

function malformed(what: string, cause?: unknown): MerkleError {
  return new MerkleError('CHECKPOINT_MALFORMED', what, { cause });
}
