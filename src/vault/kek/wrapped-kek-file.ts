import { readFileSync } from 'node:fs';
import { parseStrictJson } from '#libs/essentials';
import { VaultError } from '#libs/messaging';
import { writeFileDurably } from '#platform/files';
import type { KekAddress } from './kek-address.js';

/** The key-encryption key as it lies in the data folder: useless without the service that wrapped it. */
export interface WrappedKek extends KekAddress {
  readonly schema: 'urn:lacuna:wrapped-kek:v1';
  /** The installation that the key belongs to; authenticated with it. */
  readonly installation: string;
  /** As the service gave it. */
  readonly ciphertext: string;
}

const SCHEMA = 'urn:lacuna:wrapped-kek:v1';
const MAX_LENGTH = 16 * 1024;
const FIELDS = ['key', 'installation', 'ciphertext'] as const;

export async function writeWrappedKek(file: string, wrapped: Omit<WrappedKek, 'schema'>): Promise<void> {
  const { provider, key, installation, ciphertext } = wrapped;
  const content = { schema: SCHEMA, provider, key, installation, ciphertext };
  await writeFileDurably(file, `${JSON.stringify(content, undefined, 2)}\n`);
}

/** @throws VaultError KEK_WRAPPED_MALFORMED */
export function readWrappedKek(file: string): WrappedKek {
  try {
    const wrapped = parseStrictJson(readFileSync(file, 'utf8'), { maxLength: MAX_LENGTH }) as unknown;
    if (isWrappedKek(wrapped)) return wrapped;
  } catch (cause) {
    throw malformed(cause);
  }
  throw malformed();
}

function isWrappedKek(value: unknown): value is WrappedKek {
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Partial<WrappedKek>;
  return (
    fields.schema === SCHEMA &&
    (fields.provider === 'vault-transit' || fields.provider === 'aws-kms') &&
    FIELDS.every((name) => typeof fields[name] === 'string' && fields[name] !== '')
  );
}

function malformed(cause?: unknown): VaultError {
  return new VaultError('KEK_WRAPPED_MALFORMED', 'kek.wrapped is not a wrapped key of this version', {
    nextStep: 'put kek.wrapped back from a backup; the vault cannot be opened without it',
    cause,
  });
}
