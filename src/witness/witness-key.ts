import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { concatBytes, fromBase64, toBase64, toHex } from '#libs/essentials';
import { cosignerKey, ED25519_TYPE, noteKey, type NoteKey, type Signer } from '#libs/merkle';
import { nodeSignerFromSeed } from '#platform/crypto';
import { FILE_MODE, FOLDER_MODE, makeFolder, writeFileDurably } from '#platform/files';
import { WitnessError } from './witness-error.js';

const FILE = 'witness.key';
const SEED_LENGTH = 32;

/** Who a witness is. */
export interface WitnessIdentity {
  /** Name and public key, as policies list them. */
  readonly key: NoteKey;
  readonly signer: Signer;
}

/**
 * Makes the key of a new witness, readable by its owner only.
 *
 * @param name URL without scheme, such as `witness.example.com/w1`
 * @throws WitnessError WITNESS_EXISTS; MerkleError VKEY_MALFORMED
 */
export async function createWitnessKey(folder: string, name: string): Promise<WitnessIdentity> {
  const file = path.join(folder, FILE);
  if (existsSync(file))
    throw new WitnessError('WITNESS_EXISTS', 'the folder holds the key of a witness already', {
      nextStep: 'Use it, or choose another folder; a key that others trust is never replaced.',
    });
  const identity = identityOf(name, randomBytes(SEED_LENGTH));
  await makeFolder(folder, FOLDER_MODE.private);
  await writeFileDurably(file, identity.secret, FILE_MODE.private);
  return identity;
}

/** @throws WitnessError WITNESS_KEY_MISSING, WITNESS_KEY_EXPOSED, WITNESS_KEY_MALFORMED */
export async function readWitnessKey(folder: string): Promise<WitnessIdentity> {
  const file = path.join(folder, FILE);
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new WitnessError('WITNESS_KEY_MISSING', `${FILE} cannot be read`, {
      nextStep: 'Name the folder of the witness, or make one: lacuna witness init.',
      cause,
    });
  });
  if (((await stat(file)).mode & 0o007) !== 0)
    throw new WitnessError('WITNESS_KEY_EXPOSED', `everybody on this machine may read ${FILE}`, {
      nextStep: `chmod 600 ${FILE}; if others may have read it, make a new witness and have it trusted instead.`,
    });
  return parseKey(text);
}

/**
 * The form in which golang.org/x/mod/sumdb/note keeps signing keys, so that other implementations of witnesses can take the key over:
 * `PRIVATE+KEY+name+id+base64(01 ‖ seed)`.
 */
function identityOf(name: string, seed: Uint8Array): WitnessIdentity & { readonly secret: string } {
  const signer = nodeSignerFromSeed(seed);
  const { id } = noteKey(name, signer.publicKey);
  const secret = toBase64(concatBytes(Uint8Array.of(ED25519_TYPE), seed));
  return {
    key: cosignerKey(name, signer.publicKey),
    signer,
    secret: `PRIVATE+KEY+${name}+${toHex(id)}+${secret}\n`,
  };
}

function parseKey(text: string): WitnessIdentity {
  const [, name, encoded] = /^PRIVATE\+KEY\+([^+\s]+)\+[0-9a-f]{8}\+([A-Za-z0-9+/=]+)\n?$/.exec(text) ?? [];
  const identity = name === undefined ? undefined : identityOf(name, seedOf(encoded));
  if (identity === undefined || identity.secret.trimEnd() !== text.trimEnd()) throw malformed();
  return { key: identity.key, signer: identity.signer };
}

function seedOf(encoded: string): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = fromBase64(encoded);
  } catch (cause) {
    throw malformed(cause);
  }
  if (bytes.length !== 1 + SEED_LENGTH || bytes[0] !== ED25519_TYPE) throw malformed();
  return bytes.subarray(1);
}

function malformed(cause?: unknown): WitnessError {
  return new WitnessError('WITNESS_KEY_MALFORMED', `${FILE} is not an Ed25519 signing key in note form`, {
    nextStep: `Restore ${FILE} from a backup.`,
    cause,
  });
}
