import { mkdir, open, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import type { FilesInUse, ModelFiles, ModelManifest, Swept } from '#libs/contracts';
import { utf8 } from '#libs/essentials';
import { MODEL_SIGNATURE_FILE } from '#libs/interop';
import { manifestBytes } from '#libs/learning';
import { FILE_MODE, linkFilesDurably, writeFileDurably, writeNamedFileDurably } from '#platform/files';
import { FreshFile } from './fresh-file.js';
import {
  blobName,
  BLOBS,
  isLineName,
  MANIFEST,
  namesInVersion,
  requireDigest,
  requireSignature,
  sha256Hex,
  versionName,
} from './model-file-names.js';
import { codeOf, storeFailure } from './store-failure.js';
import { keepIn, namesIn, NONE_SWEPT, sizeIfThere, sumOf } from './sweep-folder.js';

const DRAFTS = 'drafts';
const HEX_PAIR = /^[0-9a-f]{2}$/;
const VERSION = /^v[1-9][0-9]*$/;
const NOTHING: ReadonlySet<string> = new Set();
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
 *   {folder}/blobs/drafts/…tmp   while they are written
 *   {folder}/{line}/v{version}/manifest.json, model.sig, shard-00.safetensors …, aggregator.safetensors
 *
 * A file is either there in full or not at all: it is written under another name, synced and renamed. A version's folder holds second
 * names of the blobs, not copies, where the file system can: no file is ever changed in place, and removing one name leaves the others.
 */
export class ModelRegistry implements ModelFiles {
  /** Folders of revoked versions that hold nothing but their manifest: nothing is written there again. */
  private readonly settled = new Set<string>();
  private readonly fresh = new FreshFile();

  /** @param link gives files second names */
  constructor(
    private readonly folder: string,
    private readonly link: typeof linkFilesDurably = linkFilesDurably,
  ) {}

  /** @throws RegistryError MODEL_STORE_FULL, MODEL_STORE_READ_ONLY */
  async put(bytes: Uint8Array): Promise<string> {
    const digest = sha256Hex(bytes);
    await this.write(bytes, digest);
    this.fresh.keep(await digest, bytes);
    return digest;
  }

  /** While its digest is found. */
  private async write(bytes: Uint8Array, digest: Promise<string>): Promise<void> {
    const named = digest.then(async (hex) => {
      const file = this.blobPath(hex);
      await mkdir(path.dirname(file), { recursive: true });
      return file;
    });
    named.catch(() => undefined); // told where it is awaited
    try {
      await mkdir(this.draftsFolder(), { recursive: true });
      await writeNamedFileDurably(this.draftsFolder(), bytes, named, FILE_MODE.public);
    } catch (cause) {
      throw storeFailure(cause);
    }
  }

  async get(digest: string, allocate?: (bytes: number) => ArrayBufferLike): Promise<Uint8Array> {
    return (
      this.fresh.take(digest) ?? requireDigest(await readIfThere(this.blobPath(digest), allocate), digest)
    );
  }

  async sizeOf(digests: readonly string[]): Promise<number> {
    const sizes = await Promise.all(
      [...new Set(digests)].map((digest) => sizeIfThere(this.blobPath(digest))),
    );
    return sizes.reduce((sum, size) => sum + size, 0);
  }

  /** Files are not read for that: each had its digest when it was stored, and whoever reads it checks it again. */
  async materialise(manifest: ModelManifest, signature: string): Promise<void> {
    const folder = this.versionPath(manifest);
    await this.layOut([...manifest.shards, manifest.aggregator], folder);
    await writeDurably(path.join(folder, MODEL_SIGNATURE_FILE), utf8(signature));
    // Last, so that a folder with a manifest is complete.
    await writeDurably(path.join(folder, MANIFEST), manifestBytes(manifest));
  }

  async signatureOf(manifest: ModelManifest): Promise<Uint8Array> {
    const bytes = await readIfThere(path.join(this.versionPath(manifest), MODEL_SIGNATURE_FILE));
    return requireSignature(bytes, manifest);
  }

  /** @throws RegistryError MODEL_STORE_READ_ONLY */
  async keepOnly({ digests, versions }: FilesInUse): Promise<Swept> {
    this.fresh.forgetUnless(digests);
    const files = new Map(versions.map((one) => [this.versionPath(one), namesInVersion(one.files)]));
    const folders = (await this.versionFolders()).filter((folder) => !this.settled.has(folder));
    const swept = [
      ...(await Promise.all((await this.blobFolders()).map((folder) => keepIn(folder, digests)))),
      await keepIn(this.draftsFolder(), NOTHING),
      ...(await Promise.all(folders.map((folder) => keepIn(folder, files.get(folder) ?? NOTHING)))),
    ];
    for (const [folder, { size }] of files) if (size === 1) this.settled.add(folder);
    return swept.reduce(sumOf, NONE_SWEPT);
  }

  private draftsFolder(): string {
    return path.join(this.folder, BLOBS, DRAFTS);
  }

  private async blobFolders(): Promise<string[]> {
    const folder = path.join(this.folder, BLOBS, 'sha256');
    return (await namesIn(folder))
      .filter((name) => HEX_PAIR.test(name))
      .map((name) => path.join(folder, name));
  }

  private async versionFolders(): Promise<string[]> {
    const lines = (await namesIn(this.folder)).filter(isLineName);
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
    return path.join(this.folder, blobName(digest));
  }

  private versionPath(version: Pick<ModelManifest, 'line' | 'version'>): string {
    return path.join(this.folder, versionName(version));
  }
}

async function writeDurably(file: string, bytes: Uint8Array): Promise<void> {
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFileDurably(file, bytes, FILE_MODE.public);
  } catch (cause) {
    throw storeFailure(cause);
  }
}

/** In as few calls as the system takes; `readFile` makes one of every half a megabyte. */
async function readIfThere(
  file: string,
  allocate = (bytes: number): ArrayBufferLike => new ArrayBuffer(bytes),
): Promise<Uint8Array | undefined> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file);
    const { size } = await handle.stat();
    const bytes = new Uint8Array(allocate(size));
    let end = 0;
    for (let read = -1; read !== 0 && end < size; end += read)
      read = (await handle.read(bytes, end, size - end, end)).bytesRead;
    return bytes.subarray(0, end);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  } finally {
    await handle?.close();
  }
}
