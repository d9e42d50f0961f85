import { chmod, link, mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises';
import path from 'node:path';

export { withPrivateFolder } from './private-folder.js';

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
  content: string | Uint8Array | readonly Uint8Array[],
  mode: number = FILE_MODE.private,
): Promise<void> {
  await putInPlace(file, (draft) => writeAndSync(draft, content, mode));
  await syncFolder(path.dirname(file));
}

/**
 * The same for a file whose name follows from its content, as that of a digest: it is found while the content is written.
 *
 * @param drafts a folder of the same file system; a crash may leave something there that nobody needs
 * @param name resolves to the file, in a folder that is there
 */
export async function writeNamedFileDurably(
  drafts: string,
  content: Uint8Array,
  name: Promise<string>,
  mode: number = FILE_MODE.private,
): Promise<void> {
  const draft = path.join(drafts, `${process.pid}-${temporary++}.tmp`);
  try {
    await allEnded([writeAndSync(draft, content, mode), name]);
    await rename(draft, await name);
  } finally {
    await rm(draft, { force: true });
  }
  await syncFolder(path.dirname(await name));
}

/** A file that is there, and another name for it. */
export interface SecondName {
  readonly existing: string;
  readonly file: string;
}

/**
 * Gives files that are durable already second names, without copying them: temporary link, rename, and one fsync of each folder. What
 * stood under a name is replaced. Both names are one file: neither may ever be written to in place.
 *
 * @throws the system's error; EXDEV, EPERM, ENOTSUP, ENOSYS or EMLINK where the file system cannot
 */
export async function linkFilesDurably(names: readonly SecondName[]): Promise<void> {
  for (const { existing, file } of names) await putInPlace(file, (draft) => link(existing, draft));
  await Promise.all([...new Set(names.map(({ file }) => path.dirname(file)))].map(syncFolder));
}

/** Puts what `make` makes under a name of its own in the place of `file`; the content is then durable if the draft was, the name not yet. */
async function putInPlace(file: string, make: (draft: string) => Promise<void>): Promise<void> {
  const draft = `${file}.${process.pid}-${temporary++}.tmp`;
  try {
    await make(draft);
    await rename(draft, file);
  } finally {
    await rm(draft, { force: true }); // also where both names were one file already: then a rename does nothing (POSIX)
  }
}

export interface FileToWrite {
  readonly file: string;
  readonly content: string | Uint8Array;
}

const WRITTEN_AT_ONCE = 32; // open files; more of them gain nothing

/**
 * Writes files as `writeFileDurably` writes one, into folders that it makes, and waits for the disk once for all of a folder's names.
 * A crash in between leaves some of them written, each as a whole.
 *
 * @param modes permissions of files and of the folders that are made
 */
export async function writeFilesDurably(
  files: readonly FileToWrite[],
  modes: { readonly file: number; readonly folder: number },
): Promise<void> {
  const folders = new Set(files.map(({ file }) => path.dirname(file)));
  for (const folder of folders) await makeFolder(folder, modes.folder);
  for (let from = 0; from < files.length; from += WRITTEN_AT_ONCE)
    await allEnded(
      files
        .slice(from, from + WRITTEN_AT_ONCE)
        .map(({ file, content }) => putInPlace(file, (draft) => writeAndSync(draft, content, modes.file))),
    );
  await Promise.all([...folders].map(syncFolder));
}

/** Waits for all, so that nothing is still being written when the first failure is told. */
async function allEnded(writes: readonly Promise<unknown>[]): Promise<void> {
  const ends = await Promise.allSettled(writes);
  const failure = ends.find((end) => end.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
}

async function writeAndSync(
  file: string,
  content: string | Uint8Array | readonly Uint8Array[],
  mode: number,
): Promise<void> {
  const handle = await open(file, 'w', FILE_MODE.private);
  try {
    if (Array.isArray(content)) await writePieces(handle, content as readonly Uint8Array[]);
    else if (typeof content === 'string') await handle.writeFile(content);
    else await writeAll(handle, content as Uint8Array);
    await handle.chmod(mode);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** In one call of the system, which may write less than it was given. */
async function writePieces(handle: FileHandle, pieces: readonly Uint8Array[]): Promise<void> {
  const { bytesWritten } = await handle.writev(pieces);
  const rest = Buffer.concat(restAfter(bytesWritten, pieces));
  if (rest.length > 0) await handle.writeFile(rest); // goes on where the other has ended, and says why it could not
}

function restAfter(written: number, pieces: readonly Uint8Array[]): Uint8Array[] {
  let passed = 0;
  return pieces.map((piece) => {
    const from = Math.min(Math.max(written - passed, 0), piece.length);
    passed += piece.length;
    return piece.subarray(from);
  });
}

/** In as few calls as the system takes; `writeFile` makes one of every half a megabyte. */
async function writeAll(handle: FileHandle, content: Uint8Array): Promise<void> {
  for (let at = 0; at < content.length;)
    at += (await handle.write(content, at, content.length - at)).bytesWritten;
}

/** Makes a folder and those above it that are missing, durably, each with this mode, whatever the umask of the process is. */
export async function makeFolder(folder: string, mode: number): Promise<void> {
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined) return;
  const top = path.resolve(first);
  for (let made = path.resolve(folder); made.length >= top.length; made = path.dirname(made)) {
    await chmod(made, mode);
    await syncFolder(path.dirname(made));
  }
}

/** Makes a rename or a deletion in the folder outlast a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
