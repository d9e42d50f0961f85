import { fromBase64, fromUtf8, toBase64, utf8 } from '#libs/essentials';
import { parseCheckpointText, parseNote, type Checkpoint, type SignedNote } from '#libs/merkle';
import { WitnessingError, type WitnessingErrorCode } from './witnessing-error.js';

/** C2SP tlog-witness, "add-checkpoint": a client sends no more, and no tree of fewer than 2^63 leaves needs more. */
export const MAX_PROOF_LINES = 63;
/** Room for the proof and for a checkpoint with more signatures than the 16 that C2SP signed-note asks for. */
export const MAX_ADD_CHECKPOINT_BYTES = 64 * 1024;
/** C2SP tlog-witness, "add-checkpoint": content type of an answer that names the size the witness holds. */
export const SIZE_CONTENT_TYPE = 'text/x.tlog.size';

const HASH_LENGTH = 32;
const SIZE = /^(?:0|[1-9][0-9]{0,15})$/;

/** What a log asks of a witness. */
export interface AddCheckpointRequest {
  /** Size of the tree that the witness is believed to have seen last; 0 when none. */
  readonly oldSize: number;
  /** RFC 6962 §2.1.2, from the old size to that of the checkpoint; empty when the old size is 0. */
  readonly proof: readonly Uint8Array[];
  /** Signed note. */
  readonly note: string;
}

/** A request as a witness reads it; chosen by whoever sends it, and not verified. */
export interface ParsedAddCheckpoint extends Omit<AddCheckpointRequest, 'note'> {
  readonly note: SignedNote;
  readonly checkpoint: Checkpoint;
}

/** The body of an add-checkpoint request. @throws WitnessingError ADD_CHECKPOINT_PROOF_TOO_LONG */
export function encodeAddCheckpoint({ oldSize, proof, note }: AddCheckpointRequest): Uint8Array {
  checkProofLength(proof.length);
  return utf8([`old ${oldSize}`, ...proof.map(toBase64), '', note].join('\n'));
}

/**
 * Reads the body of an add-checkpoint request (C2SP tlog-witness).
 *
 * @throws WitnessingError ADD_CHECKPOINT_TOO_LARGE, …_OLD_SIZE_MALFORMED, …_PROOF_MALFORMED, …_PROOF_TOO_LONG, …_NOTE_MALFORMED
 */
export function parseAddCheckpoint(body: Uint8Array): ParsedAddCheckpoint {
  if (body.length > MAX_ADD_CHECKPOINT_BYTES)
    throw refuse('ADD_CHECKPOINT_TOO_LARGE', `a request has at most ${MAX_ADD_CHECKPOINT_BYTES} bytes`);
  const end = blankLineIn(body);
  const [oldLine, ...proofLines] = linesOf(body.subarray(0, end));
  const oldSize = parseOldSize(oldLine);
  checkProofLength(proofLines.length);
  return { oldSize, proof: proofLines.map(parseHash), ...parseSignedCheckpoint(body.subarray(end + 2)) };
}

/** The size that an answer 409 names; undefined when it is none. */
export function parseHeldSize(body: string): number | undefined {
  const text = body.endsWith('\n') ? body.slice(0, -1) : '';
  return isSize(text) ? Number(text) : undefined;
}

function blankLineIn(body: Uint8Array): number {
  for (let at = 0; at + 1 < body.length; at++) if (body[at] === 0x0a && body[at + 1] === 0x0a) return at;
  throw refuse('ADD_CHECKPOINT_NOTE_MALFORMED', 'no empty line before the checkpoint');
}

function linesOf(header: Uint8Array): string[] {
  try {
    return fromUtf8(header).split('\n');
  } catch (cause) {
    throw refuse('ADD_CHECKPOINT_OLD_SIZE_MALFORMED', 'the request is not UTF-8', cause);
  }
}

function parseOldSize(line: string): number {
  const text = line.startsWith('old ') ? line.slice(4) : '';
  if (!isSize(text))
    throw refuse('ADD_CHECKPOINT_OLD_SIZE_MALFORMED', 'the first line is not `old` and a decimal tree size');
  return Number(text);
}

function isSize(text: string): boolean {
  return SIZE.test(text) && Number.isSafeInteger(Number(text));
}

function checkProofLength(lines: number): void {
  if (lines > MAX_PROOF_LINES)
    throw refuse('ADD_CHECKPOINT_PROOF_TOO_LONG', `a proof has at most ${MAX_PROOF_LINES} hashes`);
}

function parseHash(line: string): Uint8Array {
  let hash: Uint8Array;
  try {
    hash = fromBase64(line);
  } catch (cause) {
    throw refuse('ADD_CHECKPOINT_PROOF_MALFORMED', 'a line of the proof is not base64', cause);
  }
  if (hash.length !== HASH_LENGTH)
    throw refuse('ADD_CHECKPOINT_PROOF_MALFORMED', 'a line of the proof is not a hash of 32 bytes');
  return hash;
}

function parseSignedCheckpoint(bytes: Uint8Array): Pick<ParsedAddCheckpoint, 'note' | 'checkpoint'> {
  try {
    const note = parseNote(bytes);
    return { note, checkpoint: parseCheckpointText(note.text) };
  } catch (cause) {
    throw refuse('ADD_CHECKPOINT_NOTE_MALFORMED', 'what is to be cosigned is not a signed checkpoint', cause);
  }
}

function refuse(code: WitnessingErrorCode, message: string, cause?: unknown): WitnessingError {
  return new WitnessingError(code, message, {
    nextStep: 'Send it as C2SP tlog-witness says under add-checkpoint.',
    cause,
  });
}
