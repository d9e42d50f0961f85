import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Swept } from '#libs/contracts';
import type { ObjectStore } from '#platform/object-store';
import { BLOBS, MANIFEST } from './model-file-names.js';
import { MODELS } from './object-model-files.js';
import { NONE_SWEPT, sumOf } from './sweep-folder.js';
import { RegistryError } from './training-error.js';

/** Blobs, and what a version's layout consists of; what an interrupted write has left is not among them. */
const BLOB = /^[0-9a-f]{64}$/;
const LAID_OUT = /\.(?:safetensors|json|sig)$/;
const JSON_FILE = /\.(?:json|sig)$/;

/** Whether a folder of a `ModelRegistry` holds any model file. */
export async function holdsModelFiles(folder: string): Promise<boolean> {
  return (await filesBelow(folder)).length > 0;
}

/**
 * Moves the files of a `ModelRegistry` into an object store, where `ObjectModelFiles` finds them under the same names, reads each one
 * back, and then removes the folder. May be repeated after an interruption: what is there already is not sent again.
 *
 * @throws RegistryError MODEL_FILE_DAMAGED when the store gives back something else; then the folder stays
 * @throws ObjectStoreError OBJECT_STORE_DENIED, OBJECT_STORE_UNREACHABLE
 */
export async function moveModelFiles(
  folder: string,
  objects: Pick<ObjectStore, 'put' | 'get'>,
  onProgress: (moved: Swept) => void = () => {},
): Promise<Swept> {
  let moved = NONE_SWEPT;
  for (const name of await filesBelow(folder)) {
    const bytes = await readFile(path.join(folder, ...name.split('/')));
    await putChecked(objects, name, bytes);
    moved = sumOf(moved, { files: 1, bytes: bytes.length });
    onProgress(moved);
  }
  await rm(folder, { recursive: true, force: true });
  return moved;
}

async function putChecked(
  objects: Pick<ObjectStore, 'put' | 'get'>,
  name: string,
  bytes: Buffer,
): Promise<void> {
  const key = MODELS + name;
  const isThere = async (): Promise<boolean> => {
    const stored = await objects.get(key);
    return stored !== undefined && bytes.equals(stored);
  };
  if (await isThere()) return;
  await objects.put(key, bytes, JSON_FILE.test(name) ? 'application/json' : undefined);
  if (await isThere()) return;
  throw new RegistryError(
    'MODEL_FILE_DAMAGED',
    'the object store gives back another file than it was given',
    {
      facts: { file: name },
      nextStep: 'Check the object store, then migrate again; the folder is as it was.',
    },
  );
}

/** Names below the folder, with slashes; blobs first and manifests last, so that a layout with a manifest is complete. */
async function filesBelow(folder: string): Promise<string[]> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  });
  const names = files
    .filter((file) => file.isFile())
    .map((file) => path.relative(folder, path.join(file.parentPath, file.name)).split(path.sep).join('/'))
    .filter((name) => (name.startsWith(`${BLOBS}/`) ? BLOB : LAID_OUT).test(path.posix.basename(name)));
  return names.sort((a, b) => turnOf(a) - turnOf(b) || (a < b ? -1 : 1));
}

function turnOf(name: string): number {
  if (name.startsWith(`${BLOBS}/`)) return 0;
  return path.posix.basename(name) === MANIFEST ? 2 : 1;
}
