import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { ModelManifest } from '#libs/contracts';
import { MODEL_SIGNATURE_FILE } from '#libs/interop';
import { RegistryError } from './training-error.js';

/*
 * How model files are named, in a folder and in a bucket alike:
 *
 *   blobs/sha256/{first two digits}/{digest}
 *   {line}/v{version}/manifest.json, model.sig, shard-00.safetensors …, aggregator.safetensors
 */

export const BLOBS = 'blobs';
export const MANIFEST = 'manifest.json';
const DIGEST = /^[0-9a-f]{64}$/;
const LINE = /^[a-z0-9][a-z0-9._-]{0,63}$/;

export function isLineName(name: string): boolean {
  return LINE.test(name) && name !== BLOBS;
}

/** @throws RegistryError MODEL_DIGEST_MALFORMED */
export function blobName(digest: string): string {
  if (!DIGEST.test(digest))
    throw new RegistryError('MODEL_DIGEST_MALFORMED', 'a model file is named by 64 hexadecimal digits');
  return `${BLOBS}/sha256/${digest.slice(0, 2)}/${digest}`;
}

/** @throws RegistryError MODEL_LINE_NAME_INVALID */
export function versionName({ line, version }: Pick<ModelManifest, 'line' | 'version'>): string {
  if (!isLineName(line))
    throw new RegistryError('MODEL_LINE_NAME_INVALID', 'a model line cannot have a folder of that name', {
      nextStep: 'Use lower-case letters, digits, dots, hyphens and underscores, at most 64.',
    });
  return `${line}/v${version}`;
}

/** What stays in the layout of a version with these model files: without any, its manifest. */
export function namesInVersion(files: readonly string[]): ReadonlySet<string> {
  return new Set(files.length === 0 ? [MANIFEST] : [MANIFEST, MODEL_SIGNATURE_FILE, ...files]);
}

const HASHED_A_TURN = 4 * 2 ** 20; // bytes: two milliseconds

/**
 * In turns with what else this thread does. Web Crypto would hash beside it, but copies all of it here first, which holds everything up for
 * longer than to hash it takes.
 */
export async function sha256Hex(bytes: Uint8Array): Promise<string> {
  const hash = createHash('sha256');
  for (let at = 0; at < bytes.length; at += HASHED_A_TURN) {
    if (at > 0) await setImmediate();
    hash.update(bytes.subarray(at, at + HASHED_A_TURN));
  }
  return hash.digest('hex');
}

/** @throws RegistryError MODEL_FILE_MISSING, MODEL_FILE_DAMAGED */
export async function requireDigest(bytes: Uint8Array | undefined, digest: string): Promise<Uint8Array> {
  if (bytes === undefined)
    throw new RegistryError('MODEL_FILE_MISSING', 'a model file is not in the registry', {
      facts: { digest },
      nextStep: 'Restore the model files, or train anew: `lacuna train`.',
    });
  const actual = await sha256Hex(bytes);
  if (actual === digest) return bytes;
  throw new RegistryError('MODEL_FILE_DAMAGED', 'a model file does not have the digest that names it', {
    facts: { digest, actual },
    nextStep: 'Train anew, which writes the file again: `lacuna train`; or restore it from a backup.',
  });
}

/** @throws RegistryError MODEL_FILE_MISSING */
export function requireSignature(
  bytes: Uint8Array | undefined,
  { line, version }: Pick<ModelManifest, 'line' | 'version'>,
): Uint8Array {
  if (bytes !== undefined) return bytes;
  throw new RegistryError('MODEL_FILE_MISSING', 'the signature of a version is not in its folder', {
    facts: { line, version },
    nextStep: 'Restore the model files; a version that was revoked has none.',
  });
}
