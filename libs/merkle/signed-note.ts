import { concatBytes, equalBytes, fromBase64, fromUtf8, toBase64, utf8 } from '#libs/essentials';
import { verifySignature, type Signer, type VerifySignature } from './ed25519.js';
import { MerkleError } from './merkle-error.js';
import { isKeyName, noteKey, type NoteKey } from './note-key.js';

const MAX_NOTE_BYTES = 256 * 1024; // C2SP asks for room for 16 signatures of up to 5 kB
const SIGNATURE_LINE = /^\u2014 ([^ ]+) ([A-Za-z0-9+/=]+)$/u;

/** One signature line; chosen by whoever hands over the note, so worth nothing until verified. */
export interface NoteSignature {
  readonly name: string;
  /** 4 bytes. */
  readonly keyId: Uint8Array;
  readonly signature: Uint8Array;
}

/** A parsed but unverified note (C2SP signed-note). */
export interface SignedNote {
  /** Ends in a newline. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** Signs `text` (which ends in a newline) under a key name, once with each key. */
export function signNote(text: string, name: string, ...signers: readonly Signer[]): string {
  checkText(text);
  const message = utf8(text);
  const lines = signers.map((signer) => signatureLine(noteKey(name, signer.publicKey), signer.sign(message)));
  return `${text}\n${lines.join('')}`;
}

/** `— name base64(key id ‖ signature)` with its newline. */
export function signatureLine({ name, id }: Pick<NoteKey, 'name' | 'id'>, signature: Uint8Array): string {
  return `\u2014 ${name} ${toBase64(concatBytes(id, signature))}\n`;
}

/** @throws MerkleError NOTE_TOO_LARGE, NOTE_MALFORMED */
export function parseNote(bytes: Uint8Array): SignedNote {
  if (bytes.length > MAX_NOTE_BYTES)
    throw new MerkleError('NOTE_TOO_LARGE', `a note has at most ${MAX_NOTE_BYTES} bytes`, {
      facts: { length: bytes.length },
    });
  const note = decode(bytes);
  const blank = note.lastIndexOf('\n\n');
  if (blank < 0 || !note.endsWith('\n')) throw malformed('no blank line before the signatures');
  const text = note.slice(0, blank + 1);
  checkText(text);
  return { text, signatures: parseSignatureLines(note.slice(blank + 2)) };
}

/** @param text signature lines, each with its newline @throws MerkleError NOTE_MALFORMED */
export function parseSignatureLines(text: string): NoteSignature[] {
  if (!text.endsWith('\n')) throw malformed('the last signature line does not end in a newline');
  return text.slice(0, -1).split('\n').map(parseSignatureLine);
}

/** A note as text; what parseNote reads. */
export function formatNote({ text, signatures }: SignedNote): string {
  const lines = signatures.map(({ name, keyId, signature }) => signatureLine({ name, id: keyId }, signature));
  return `${text}\n${lines.join('')}`;
}

/** Whether a signature claims to be of this key. */
export function namesKey({ name, keyId }: NoteSignature, key: NoteKey): boolean {
  return name === key.name && equalBytes(keyId, key.id);
}

/** Signatures on a note that claim to be of this key; worth nothing until verified. */
export function signaturesNaming(key: NoteKey, { signatures }: SignedNote): Uint8Array[] {
  return signatures.filter((one) => namesKey(one, key)).map(({ signature }) => signature);
}

/**
 * Text of a note that `key` signed. Signatures of other keys are ignored; every signature that claims to be of `key` must hold.
 *
 * @throws MerkleError NOTE_TOO_LARGE, NOTE_MALFORMED, NOTE_NOT_SIGNED_BY_KEY, NOTE_SIGNATURE_INVALID
 */
export function openNote(bytes: Uint8Array, key: NoteKey, verify?: VerifySignature): string {
  const note = parseNote(bytes);
  checkSignedByAny(note, [key], verify);
  return note.text;
}

/**
 * Requires a signature of at least one of the keys, and that every signature that claims to be of one of them holds (C2SP signed-note,
 * "Signatures"). Signatures of other keys are ignored.
 *
 * @throws MerkleError NOTE_NOT_SIGNED_BY_KEY, NOTE_SIGNATURE_INVALID
 */
export function checkSignedByAny(
  note: SignedNote,
  keys: readonly NoteKey[],
  verify: VerifySignature = verifySignature,
): void {
  const message = utf8(note.text);
  let held = 0;
  for (const key of keys)
    for (const signature of signaturesNaming(key, note)) {
      if (!verify(key.publicKey, message, signature))
        throw new MerkleError('NOTE_SIGNATURE_INVALID', 'the signature on the note does not fit its text', {
          facts: { key: key.name },
        });
      held++;
    }
  if (held === 0)
    throw new MerkleError('NOTE_NOT_SIGNED_BY_KEY', 'no signature on the note names the trusted key', {
      facts: { key: keys[0]?.name },
    });
}

function parseSignatureLine(line: string): NoteSignature {
  const [, name, base64] = SIGNATURE_LINE.exec(line) ?? [];
  if (name === undefined || !isKeyName(name)) throw malformed('a signature line is not one');
  let bytes: Uint8Array;
  try {
    bytes = fromBase64(base64);
  } catch (cause) {
    throw malformed('a signature is not base64', cause);
  }
  if (bytes.length < 5) throw malformed('a signature is shorter than a key id');
  return { name, keyId: bytes.subarray(0, 4), signature: bytes.subarray(4) };
}

function checkText(text: string): void {
  // Only the newline is allowed of the ASCII control characters.
  // eslint-disable-next-line no-control-regex
  if (!text.endsWith('\n') || /[\u0000-\u0009\u000b-\u001f]/.test(text) || !text.isWellFormed())
    throw malformed('the text does not end in a newline or holds control characters');
}

function decode(bytes: Uint8Array): string {
  try {
    return fromUtf8(bytes);
  } catch (cause) {
    throw malformed('the note is not UTF-8', cause);
  }
}

function malformed(what: string, cause?: unknown): MerkleError {
  return new MerkleError('NOTE_MALFORMED', what, { cause });
}
