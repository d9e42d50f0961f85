import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Swept } from '#libs/contracts';
import { syncFolder } from '#platform/files';
import { codeOf, storeFailure } from './store-failure.js';

export const NONE_SWEPT: Swept = { files: 0, bytes: 0 };

/** A folder that is not there, or is none, holds nothing. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return [];
    throw error;
  }
}

export function sumOf(some: Swept, more: Swept): Swept {
  return { files: some.files + more.files, bytes: some.bytes + more.bytes };
}

/** Destroys everything in a folder but the files of these names. */
export async function keepIn(folder: string, names: ReadonlySet<string>): Promise<Swept> {
  const doomed = (await namesIn(folder))
    .filter((name) => !names.has(name))
    .map((name) => path.join(folder, name));
  if (doomed.length === 0) return NONE_SWEPT;
  const sizes = await Promise.all(doomed.map((file) => sizeIfThere(file)));
  try {
    await Promise.all(doomed.map((file) => rm(file, { recursive: true, force: true })));
    await syncFolder(folder);
  } catch (cause) {
    throw storeFailure(cause);
  }
  return { files: doomed.length, bytes: sizes.reduce((sum, size) => sum + size) };
}

/** Bytes of a file; one that is not there takes none. */
export async function sizeIfThere(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 0;
    throw error;
  }
}
