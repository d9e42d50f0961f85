import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { ModelManifest } from '#libs/contracts';
import { utf8 } from '#libs/essentials';
import { MODEL_SIGNATURE_FILE } from '#libs/interop';
import { manifestBytes } from '#libs/learning';
import { FILE_MODE, linkFileDurably, syncFolder, writeFileDurably } from '#platform/files';
import { codeOf, storeFailure } from './store-failure.js';
import { RegistryError } from './training-error.js';

const DIGEST = /^[0-9a-f]{64}$/;
const LINE = /^[a-z0-9][a-z0-9._-]{0,63}$/;
const BLOBS = 'blobs';
/** What file systems answer that cannot give a file a second name, or not one there. */
const NO_LINKS: ReadonlySet<string> = new Set([
  'EXDEV',
  'EPERM',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EMLINK',
]);

/**
 * Model files in a folder, named by their SHA-256, and published versions laid out beside them:
 *
 *   {folder}/blobs/sha256/{first two digits}/{digest}
 *   {folder}/{line}/v{version}/manifest.json, model.sig, shard-00.safetensors …, aggregator.safetensors
 *
 * A file is either there in full or not at all: it is written under another name, synced and renamed. A version's folder holds second
 * names of the blobs, not copies, where the file system can: no file is ever changed in place, and removing one name leaves the others.
 */
export class ModelRegistry {
  /** @param link gives a file a second name */
  constructor(
    private readonly folder: string,
    private readonly link: typeof linkFileDurably = linkFileDurably,
  ) {}

  /**
   * Stores a file; storing it again repairs it.
   *
   * @returns its SHA-256, hex
   * @throws RegistryError MODEL_STORE_FULL, MODEL_STORE_READ_ONLY
   */
  async put(bytes: Uint8Array): Promise<string> {
    const digest = sha256Hex(bytes);
    await writeDurably(this.blobPath(digest), bytes);
    return digest;
  }

  /** @throws RegistryError MODEL_FILE_MISSING, MODEL_FILE_DAMAGED, MODEL_DIGEST_MALFORMED */
  async get(digest: string): Promise<Uint8Array> {
    const bytes = await readIfThere(this.blobPath(digest));
    if (bytes === undefined) throw missing(digest);
    const actual = sha256Hex(bytes);
    if (actual !== digest)
      throw new RegistryError('MODEL_FILE_DAMAGED', 'a model file does not have the digest that names it', {
        facts: { digest, actual },
        nextStep: 'Train anew, which writes the file again: `lacuna train`; or restore it from a backup.',
      });
    return bytes;
  }

  /** Bytes that files take; those that are not there take none. */
  async sizeOf(digests: readonly string[]): Promise<number> {
    const sizes = await Promise.all(
      [...new Set(digests)].map((digest) => sizeIfThere(this.blobPath(digest))),
    );
    return sizes.reduce((sum, size) => sum + size, 0);
  }

  /** Deletes files for good, with what an interrupted `put` may have left of them; those already gone are passed over. */
  async remove(digests: readonly string[]): Promise<void> {
    for (const digest of new Set(digests)) {
      const folder = path.dirname(this.blobPath(digest));
      const names = (await namesIn(folder)).filter((name) => name.startsWith(digest));
      await Promise.all(names.map((name) => rm(path.join(folder, name), { force: true })));
      if (names.length > 0) await syncFolder(folder);
    }
  }

  /**
   * Lays a version out as a folder that can be copied and served as it is. Repeating it is harmless. Files are not read for that: each
   * had its digest when it was stored, and whoever reads it checks it again.
   *
   * @param signature over the folder: content of `model.sig`
   * @throws RegistryError as `get` and `put` do, MODEL_LINE_NAME_INVALID
   */
  async materialise(manifest: ModelManifest, signature: string): Promise<void> {
    const folder = this.versionPath(manifest);
    for (const { file, digest } of [...manifest.shards, manifest.aggregator])
      await this.layOut(digest, path.join(folder, file));
    await writeDurably(path.join(folder, MODEL_SIGNATURE_FILE), utf8(signature));
    // Last, so that a folder with a manifest is complete.
    await writeDurably(path.join(folder, 'manifest.json'), manifestBytes(manifest));
  }

  /** Content of a laid-out version's `model.sig`. @throws RegistryError MODEL_FILE_MISSING */
  async signatureOf(manifest: ModelManifest): Promise<Uint8Array> {
    const bytes = await readIfThere(path.join(this.versionPath(manifest), MODEL_SIGNATURE_FILE));
    if (bytes !== undefined) return bytes;
    throw new RegistryError('MODEL_FILE_MISSING', 'the signature of a version is not in its folder', {
      facts: { line: manifest.line, version: manifest.version },
      nextStep: 'Restore the model folder; a version that was revoked has none.',
    });
  }

  /** Removes the model files of a version from its folder; the manifest stays, for those who verify later. */
  async withdraw(manifest: ModelManifest): Promise<void> {
    const folder = this.versionPath(manifest);
    const names = (await namesIn(folder)).filter((name) => name !== 'manifest.json');
    await Promise.all(names.map((name) => rm(path.join(folder, name), { recursive: true, force: true })));
    if (names.length > 0) await syncFolder(folder);
  }

  private async layOut(digest: string, file: string): Promise<void> {
    try {
      await mkdir(path.dirname(file), { recursive: true });
      await this.link(this.blobPath(digest), file);
    } catch (cause) {
      const code = codeOf(cause);
      if (code === 'ENOENT') throw missing(digest);
      if (code === undefined || !NO_LINKS.has(code)) throw storeFailure(cause);
      await writeDurably(file, await this.get(digest));
    }
  }

  private blobPath(digest: string): string {
    if (!DIGEST.test(digest))
      throw new RegistryError('MODEL_DIGEST_MALFORMED', 'a model file is named by 64 hexadecimal digits');
    return path.join(this.folder, BLOBS, 'sha256', digest.slice(0, 2), digest);
  }

  private versionPath({ line, version }: ModelManifest): string {
    if (!LINE.test(line) || line === BLOBS)
      throw new RegistryError('MODEL_LINE_NAME_INVALID', 'a model line cannot have a folder of that name', {
        nextStep: 'Use lower-case letters, digits, dots, hyphens and underscores, at most 64.',
      });
    return path.join(this.folder, line, `v${version}`);
  }
}

function missing(digest: string): RegistryError {
  return new RegistryError('MODEL_FILE_MISSING', 'a model file is not in the registry', {
    facts: { digest },
    nextStep: 'Restore the model folder, or train anew: `lacuna train`.',
  });
}

function sha256Hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function writeDurably(file: string, bytes: Uint8Array): Promise<void> {
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFileDurably(file, bytes, FILE_MODE.public);
  } catch (cause) {
    throw storeFailure(cause);
  }
}

async function readIfThere(file: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function sizeIfThere(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 0;
    throw error;
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}
