import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { FilesInUse, ModelManifest, Swept } from '#libs/contracts';
import { utf8 } from '#libs/essentials';
import { MODEL_SIGNATURE_FILE } from '#libs/interop';
import { manifestBytes } from '#libs/learning';
import { FILE_MODE, linkFilesDurably, writeFileDurably } from '#platform/files';
import { codeOf, storeFailure } from './store-failure.js';
import { keepIn, namesIn, NONE_SWEPT, sizeIfThere, sumOf } from './sweep-folder.js';
import { RegistryError } from './training-error.js';

const DIGEST = /^[0-9a-f]{64}$/;
const LINE = /^[a-z0-9][a-z0-9._-]{0,63}$/;
const BLOBS = 'blobs';
const HEX_PAIR = /^[0-9a-f]{2}$/;
const VERSION = /^v[1-9][0-9]*$/;
const MANIFEST = 'manifest.json';
const NOTHING: ReadonlySet<string> = new Set();
/** Files from here on are handed on by memory: what takes a tenth of a second to read and to hash again. */
const LARGE = 2 ** 20;
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
  /** Folders of revoked versions that hold nothing but their manifest: nothing is written there again. */
  private readonly settled = new Set<string>();
  /** The large file that was stored last, until somebody asks for it: the next step of a rebuild, or what serves. */
  private fresh: { readonly digest: string; readonly bytes: Uint8Array } | undefined;

  /** @param link gives files second names */
  constructor(
    private readonly folder: string,
    private readonly link: typeof linkFilesDurably = linkFilesDurably,
  ) {}

  /**
   * Stores a file; storing it again repairs it. The bytes may be handed on to whoever asks for the file first: nobody may write to them.
   *
   * @returns its SHA-256, hex
   * @throws RegistryError MODEL_STORE_FULL, MODEL_STORE_READ_ONLY
   */
  async put(bytes: Uint8Array): Promise<string> {
    const digest = sha256Hex(bytes);
    await writeDurably(this.blobPath(digest), bytes);
    if (bytes.length >= LARGE) this.fresh = { digest, bytes };
    return digest;
  }

  /**
   * A file for the caller alone: its memory may be used up.
   * @throws RegistryError MODEL_FILE_MISSING, MODEL_FILE_DAMAGED, MODEL_DIGEST_MALFORMED
   */
  async get(digest: string): Promise<Uint8Array> {
    const { fresh } = this;
    if (fresh?.digest === digest) {
      this.fresh = undefined;
      return fresh.bytes;
    }
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

  /**
   * Lays a version out as a folder that can be copied and served as it is. Repeating it is harmless. Files are not read for that: each
   * had its digest when it was stored, and whoever reads it checks it again.
   *
   * @param signature over the folder: content of `model.sig`
   * @throws RegistryError as `get` and `put` do, MODEL_LINE_NAME_INVALID
   */
  async materialise(manifest: ModelManifest, signature: string): Promise<void> {
    const folder = this.versionPath(manifest);
    await this.layOut([...manifest.shards, manifest.aggregator], folder);
    await writeDurably(path.join(folder, MODEL_SIGNATURE_FILE), utf8(signature));
    // Last, so that a folder with a manifest is complete.
    await writeDurably(path.join(folder, MANIFEST), manifestBytes(manifest));
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

  /**
   * Destroys every file for good that is neither among the digests nor in the folder of a published version by one of its names, with
   * what interrupted writes have left. Manifests of these versions stay, for those who verify later.
   *
   * @throws RegistryError MODEL_STORE_READ_ONLY
   */
  async keepOnly({ digests, versions }: FilesInUse): Promise<Swept> {
    if (this.fresh !== undefined && !digests.has(this.fresh.digest)) this.fresh = undefined;
    const files = new Map(versions.map((one) => [this.versionPath(one), namesOf(one.files)]));
    const folders = (await this.versionFolders()).filter((folder) => !this.settled.has(folder));
    const swept = [
      ...(await Promise.all((await this.blobFolders()).map((folder) => keepIn(folder, digests)))),
      ...(await Promise.all(folders.map((folder) => keepIn(folder, files.get(folder) ?? NOTHING)))),
    ];
    for (const [folder, { size }] of files) if (size === 1) this.settled.add(folder);
    return swept.reduce(sumOf, NONE_SWEPT);
  }

  private async blobFolders(): Promise<string[]> {
    const folder = path.join(this.folder, BLOBS, 'sha256');
    return (await namesIn(folder))
      .filter((name) => HEX_PAIR.test(name))
      .map((name) => path.join(folder, name));
  }

  private async versionFolders(): Promise<string[]> {
    const lines = (await namesIn(this.folder)).filter((name) => LINE.test(name) && name !== BLOBS);
    const folders = lines.map(async (line) => {
      const versions = (await namesIn(path.join(this.folder, line))).filter((name) => VERSION.test(name));
      return versions.map((version) => path.join(this.folder, line, version));
    });
    return (await Promise.all(folders)).flat();
  }

  private async layOut(
    files: readonly { readonly file: string; readonly digest: string }[],
    folder: string,
  ): Promise<void> {
    try {
      await mkdir(folder, { recursive: true });
      await this.link(
        files.map(({ file, digest }) => ({ existing: this.blobPath(digest), file: path.join(folder, file) })),
      );
    } catch (cause) {
      const code = codeOf(cause);
      const isMissing = code === 'ENOENT';
      if (!isMissing && (code === undefined || !NO_LINKS.has(code))) throw storeFailure(cause);
      // Where one is missing, `get` says which.
      for (const { file, digest } of files)
        await writeDurably(path.join(folder, file), await this.get(digest));
    }
  }

  private blobPath(digest: string): string {
    if (!DIGEST.test(digest))
      throw new RegistryError('MODEL_DIGEST_MALFORMED', 'a model file is named by 64 hexadecimal digits');
    return path.join(this.folder, BLOBS, 'sha256', digest.slice(0, 2), digest);
  }

  private versionPath({ line, version }: Pick<ModelManifest, 'line' | 'version'>): string {
    if (!LINE.test(line) || line === BLOBS)
      throw new RegistryError('MODEL_LINE_NAME_INVALID', 'a model line cannot have a folder of that name', {
        nextStep: 'Use lower-case letters, digits, dots, hyphens and underscores, at most 64.',
      });
    return path.join(this.folder, line, `v${version}`);
  }
}

/** What stays in the folder of a version with these model files: without any, its manifest. */
function namesOf(files: readonly string[]): ReadonlySet<string> {
  return new Set(files.length === 0 ? [MANIFEST] : [MANIFEST, MODEL_SIGNATURE_FILE, ...files]);
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
