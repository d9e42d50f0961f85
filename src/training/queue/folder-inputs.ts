import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { FILE_MODE, FOLDER_MODE, makeFolder, writeFileDurably } from '#platform/files';
import { contentDigest } from './content-digest.js';
import type { TrainingInputs } from './training-inputs.js';

const DIGEST = /^[0-9a-f]{64}$/;
const DIGEST_LENGTH = 64; // of a file's name; while it is being written, more follows

/** Records for workers on the same host: files that their owner alone can read. */
export class FolderInputs implements TrainingInputs {
  constructor(private readonly folder: string) {}

  async put(pieces: readonly Uint8Array[], digest: string): Promise<void> {
    await makeFolder(this.folder, FOLDER_MODE.private);
    await writeFileDurably(path.join(this.folder, digest), pieces, FILE_MODE.private);
  }

  async get(digest: string): Promise<Uint8Array | undefined> {
    if (!DIGEST.test(digest)) return undefined;
    const bytes = await ifThere(() => readFile(path.join(this.folder, digest)));
    return bytes !== undefined && contentDigest(bytes) === digest ? bytes : undefined;
  }

  async keepOnly(digests: ReadonlySet<string>): Promise<void> {
    const names = (await ifThere(() => readdir(this.folder))) ?? [];
    for (const name of names)
      if (!digests.has(name.slice(0, DIGEST_LENGTH))) await rm(path.join(this.folder, name), { force: true });
  }

  async close(): Promise<void> {}
}

async function ifThere<T>(look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
