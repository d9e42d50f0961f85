import { open, rename } from 'node:fs/promises';
import path from 'node:path';

let temporary = 0;

/** Writes a file so that a reader, or a crash, meets all of it or none: temporary file, fsync, rename, fsync of the folder. */
export async function writeFileDurably(file: string, content: string | Uint8Array): Promise<void> {
  const draft = `${file}.${process.pid}-${temporary++}.tmp`;
  const handle = await open(draft, 'w', 0o600);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, file);
  await syncFolder(path.dirname(file));
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
