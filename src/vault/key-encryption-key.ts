import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { VaultError } from '#libs/messaging';

export interface KekSource {
  /** Where the key lies, or is put when the vault is new. */
  readonly file: string;
  /** Value of LACUNA_KEK: 32 bytes in hex or base64; it goes before the file. */
  readonly env?: string;
  /** The vault that the key belongs to; when it exists, a missing key is never replaced. */
  readonly vaultFile: string;
}

export const KEK_LENGTH = 32;
const OWNER_ONLY = 0o600;
const GROUP_AND_OTHERS = 0o077;

/**
 * The key-encryption key: from the environment, else from its file, else, for a new vault only, freshly made.
 *
 * @example
 * const kek = loadKek({ file: paths.kek, vaultFile: paths.vault, env: process.env.LACUNA_KEK });
 * @returns 32 bytes
 * @throws VaultError KEK_MISSING, KEK_MALFORMED, KEK_PERMISSIONS
 */
export function loadKek({ file, env, vaultFile }: KekSource): Uint8Array {
  if (env !== undefined && env !== '') return parseKek(env, 'LACUNA_KEK');
  if (existsSync(file)) return readKek(file);
  if (existsSync(vaultFile))
    throw new VaultError('KEK_MISSING', 'the vault is there, but the key that opens it is not', {
      nextStep: 'put the key file back, or set LACUNA_KEK; a new key cannot open an existing vault',
    });
  return createKek(file);
}

/** @throws VaultError KEK_PERMISSIONS, KEK_MALFORMED */
export function readKek(file: string): Uint8Array {
  if ((statSync(file).mode & GROUP_AND_OTHERS) !== 0)
    throw new VaultError('KEK_PERMISSIONS', 'others on this machine can read the key file', {
      nextStep: `run: chmod 600 ${file}`,
    });
  return parseKek(readFileSync(file, 'utf8').trim(), 'the key file');
}

function createKek(file: string): Uint8Array {
  const kek = randomBytes(KEK_LENGTH);
  const descriptor = openSync(file, 'wx', OWNER_ONLY);
  try {
    writeSync(descriptor, formatKek(kek));
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  return kek;
}

/** What a key file holds. */
export function formatKek(kek: Uint8Array): string {
  return `${Buffer.from(kek).toString('hex')}\n`;
}

/** @throws VaultError KEK_MALFORMED */
export function parseKek(text: string, source: string): Uint8Array {
  const kek = /^[0-9a-fA-F]{64}$/.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text, 'base64');
  const isBase64 = /^[A-Za-z0-9+/_-]{43}=?$/.test(text);
  if (kek.length === KEK_LENGTH && (isBase64 || text.length === 2 * KEK_LENGTH)) return kek;
  throw new VaultError('KEK_MALFORMED', `${source} does not hold a key`, {
    facts: { expectedBytes: KEK_LENGTH },
    nextStep: 'give 32 bytes as 64 hexadecimal digits or as base64, for example: openssl rand -hex 32',
  });
}
