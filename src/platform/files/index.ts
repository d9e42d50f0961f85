import { chmod, mkdir, open, rename } from 'node:fs/promises';
import path from 'node:path';

let temporary = 0;

/** Who may read a file: its owner only, or, for what is published, everybody. */
export const FILE_MODE = { private: 0o600, public: 0o644 } as const;
export const FOLDER_MODE = { private: 0o700, public: 0o755 } as const;

/**
 * Writes a file so that a reader, or a crash, meets all of it or none: temporary file, fsync, rename, fsync of the folder.
 *
 * @param mode permissions, whatever the umask of the process is
 */
export async function writeFileDurably(
  file: string,
  content: string | Uint8Array,
  mode: number = FILE_MODE.private,
): Promise<void> {
  const draft = `${file}.${process.pid}-${temporary++}.tmp`;
  const handle = await open(draft, 'w', FILE_MODE.private);
  try {
    await handle.writeFile(content);
    await handle.chmod(mode);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, file);
  await syncFolder(path.dirname(file));
}

/** Makes a folder and those above it that are missing, each with this mode, whatever the umask of the process is. */
export async function makeFolder(folder: string, mode: number): Promise<void> {
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined) return;
  const top = path.resolve(first);
  for (let made = path.resolve(folder); made.length >= top.length; made = path.dirname(made))
    await chmod(made, mode);
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
