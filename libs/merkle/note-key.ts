import {
  concatBytes,
  equalBytes,
  fromBase64,
  fromHex,
  sha256,
  toBase64,
  toHex,
  utf8,
} from '#libs/essentials';
import { checkPublicKey } from './ed25519.js';
import { MerkleError } from './merkle-error.js';

/** C2SP signed-note, "Signature types": Ed25519 over the note text. */
export const ED25519_TYPE = 0x01;
/** C2SP signed-note, "Signature types": Ed25519 with a time, over a checkpoint (tlog-cosignature). */
export const COSIGNATURE_TYPE = 0x04;

export type NoteKeyType = typeof ED25519_TYPE | typeof COSIGNATURE_TYPE;

const SIGNATURES: Readonly<Record<NoteKeyType, string>> = {
  [ED25519_TYPE]: 'Ed25519 note signatures',
  [COSIGNATURE_TYPE]: 'Ed25519 cosignatures of checkpoints',
};

/** A key that signs notes, as a `vkey` line names it. */
export interface NoteKey {
  readonly name: string;
  /** How it signs: a log's key is never taken for a witness's, nor the other way round. */
  readonly type: NoteKeyType;
  /** 4 bytes. */
  readonly id: Uint8Array;
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
}

/**
 * SHA-256(name ‖ 0A ‖ type ‖ public key), 32 bytes (C2SP signed-note, "Signatures"). Its first four bytes are the key id; all of it
 * is the log id that Sigstore's trusted root and bundles carry.
 */
export function noteKeyHash(name: string, type: number, publicKey: Uint8Array): Uint8Array {
  return sha256(concatBytes(utf8(`${name}\n`), Uint8Array.of(type), publicKey));
}

/** @throws MerkleError VKEY_MALFORMED for a name no note can carry */
export function noteKey(name: string, publicKey: Uint8Array, type: NoteKeyType = ED25519_TYPE): NoteKey {
  if (!isKeyName(name))
    throw new MerkleError('VKEY_MALFORMED', 'a key name is not empty and has no space and no plus sign');
  return { name, type, id: noteKeyHash(name, type, publicKey).subarray(0, 4), publicKey };
}

/** `name+id+base64(type ‖ public key)`, without a newline. */
export function formatVkey({ name, type, id, publicKey }: NoteKey): string {
  return `${name}+${toHex(id)}+${toBase64(concatBytes(Uint8Array.of(type), publicKey))}`;
}

/**
 * Parses a vkey line; one newline at the end is allowed.
 *
 * @param type what the key must be for: the signatures of a log, unless said otherwise
 * @throws MerkleError VKEY_MALFORMED, VKEY_ALGORITHM_UNKNOWN, VKEY_ID_MISMATCH and those of checkPublicKey
 */
export function parseVkey(text: string, type: NoteKeyType = ED25519_TYPE): NoteKey {
  const [, name, idHex, keyBase64] = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)\n?$/.exec(text) ?? [];
  if (name === undefined || !isKeyName(name)) throw malformed();
  const encoded = decodeKey(keyBase64);
  const publicKey = encoded.subarray(1);
  if (encoded[0] !== type)
    throw new MerkleError('VKEY_ALGORITHM_UNKNOWN', `the vkey is not for ${SIGNATURES[type]}`, {
      facts: { type: encoded[0], expected: type },
    });
  checkPublicKey(publicKey);
  const key = noteKey(name, publicKey, type);
  if (!equalBytes(key.id, fromHex(idHex)))
    throw new MerkleError('VKEY_ID_MISMATCH', 'the key id of the vkey belongs to another name or key', {
      facts: { stated: idHex, computed: toHex(key.id) },
    });
  return key;
}

/** C2SP signed-note, "Format": not empty, no Unicode space, no plus; control characters are excluded from the whole note. */
export function isKeyName(name: string): boolean {
  return /^[^\s+\p{Cc}\p{Z}]+$/u.test(name);
}

function decodeKey(base64: string): Uint8Array {
  try {
    return fromBase64(base64);
  } catch (cause) {
    throw malformed(cause);
  }
}

function malformed(cause?: unknown): MerkleError {
  return new MerkleError('VKEY_MALFORMED', 'expected name+id+key on one line', { cause });
}
