import { concatBytes, u64be, utf8 } from '#libs/essentials';
import { SIGNATURE_LENGTH, verifySignature, type Signer, type VerifySignature } from './ed25519.js';
import { MerkleError } from './merkle-error.js';
import { COSIGNATURE_TYPE, noteKey, parseVkey, type NoteKey } from './note-key.js';
import { signatureLine, signaturesNaming, type SignedNote } from './signed-note.js';

const TIME_LENGTH = 8; // u64, C2SP tlog-cosignature, "Format"

/** The key of a witness. @throws MerkleError VKEY_MALFORMED */
export function cosignerKey(name: string, publicKey: Uint8Array): NoteKey {
  return noteKey(name, publicKey, COSIGNATURE_TYPE);
}

/** Parses the vkey of a witness. @throws MerkleError those of parseVkey */
export function parseCosignerVkey(text: string): NoteKey {
  return parseVkey(text, COSIGNATURE_TYPE);
}

/**
 * A witness's signature line on a checkpoint, `cosignature/v1` (C2SP tlog-cosignature).
 *
 * @param text note text of the checkpoint, with its last newline and without signatures
 * @param time POSIX seconds, from 1
 * @throws MerkleError COSIGNATURE_TIME_OUT_OF_RANGE, VKEY_MALFORMED
 * @example
 * const note = signCheckpoint(checkpoint, log) + cosign(parseNote(utf8(note)).text, 1679315147, 'witness.example.com/w1', witness);
 */
export function cosign(text: string, time: number, name: string, signer: Signer): string {
  checkTime(time);
  const signature = signer.sign(cosignedMessage(text, time));
  return signatureLine(cosignerKey(name, signer.publicKey), concatBytes(u64be(time), signature));
}

/**
 * When `key` cosigned the note, POSIX seconds; undefined when no line of the note names the key. Of several lines the earliest time counts;
 * every line that names the key must hold.
 *
 * @throws MerkleError COSIGNATURE_LENGTH, COSIGNATURE_TIME_OUT_OF_RANGE, COSIGNATURE_INVALID
 */
export function cosignatureOf(
  key: NoteKey,
  note: SignedNote,
  verify: VerifySignature = verifySignature,
): number | undefined {
  const times = signaturesNaming(key, note).map((signature) => timeOf(signature, key, note.text, verify));
  return times.length === 0 ? undefined : Math.min(...times);
}

function timeOf(timestamped: Uint8Array, key: NoteKey, text: string, verify: VerifySignature): number {
  if (timestamped.length !== TIME_LENGTH + SIGNATURE_LENGTH)
    throw new MerkleError('COSIGNATURE_LENGTH', 'a cosignature is a time of 8 bytes and a signature of 64', {
      facts: { key: key.name, length: timestamped.length },
    });
  const { buffer, byteOffset } = timestamped;
  const time = Number(new DataView(buffer, byteOffset, TIME_LENGTH).getBigUint64(0));
  checkTime(time);
  if (!verify(key.publicKey, cosignedMessage(text, time), timestamped.subarray(TIME_LENGTH)))
    throw new MerkleError('COSIGNATURE_INVALID', 'the cosignature does not fit the checkpoint and its time', {
      facts: { key: key.name },
    });
  return time;
}

/** C2SP tlog-cosignature, "Ed25519 signed message": header line, time line, and the whole note text with any extension lines. */
function cosignedMessage(text: string, time: number): Uint8Array {
  return utf8(`cosignature/v1\ntime ${time}\n${text}`);
}

/** Narrower than the 2^63 − 1 of the specification: beyond 2^53 a number is not exact, and 285 million years are enough. */
function checkTime(time: number): void {
  if (!Number.isSafeInteger(time) || time < 1)
    throw new MerkleError(
      'COSIGNATURE_TIME_OUT_OF_RANGE',
      'a cosignature names a second from 1 to 2^53 − 1',
      {
        facts: { time },
      },
    );
}
