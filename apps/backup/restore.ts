import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { chmod, copyFile, link, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import Database from 'better-sqlite3';
import { openDataFolder, unfinishedMarker, type DataPaths } from '#platform/data-folder';
import { FILE_MODE, FOLDER_MODE, makeFolder, syncFolder, writeFileDurably } from '#platform/files';
import { checkAgainstOutside, extendFromPublished } from '#stages/ledger';
import { kekCustodyOf, type KekOptions } from '../installation/index.js';
import { BackupError } from './backup-error.js';
import type { BackupContents, BackupSummary } from './backup-contents.js';
import { readJournal } from '#stages/requests';
import { openedWith, type BackupKey } from './envelope.js';
import { readBackup } from './read-backup.js';
import { replayDestructions, type ReplayedDestructions } from './replay-destructions.js';

export interface RestoreOrder {
  readonly file: string;
  readonly key: BackupKey;
  /** One that is not there yet, is empty, or was left by a restore that was interrupted. */
  readonly folder: string;
  /** The newest copy of the journal; undefined only where somebody answers for it that nothing was destroyed since the backup. */
  readonly destructions?: string;
  /** The published copy of the ledger: its entries since the backup are taken over. */
  readonly ledger?: string;
  /** A copy of `certificates/` that is newer than the backup: those that are missing are taken over. */
  readonly certificates?: string;
  /** A checkpoint of the ledger that somebody outside kept. */
  readonly checkpoint?: string;
  readonly kek: KekOptions;
  /** The key-encryption key in a file, to be put into the folder. */
  readonly kekFile?: string;
  readonly onProgress?: (line: string) => void;
}

export interface Restored {
  readonly summary: BackupSummary;
  readonly replayed: ReplayedDestructions;
  readonly ledger: { readonly before: number; readonly after: number };
}

const NOTHING: ReplayedDestructions = { requests: 0, people: 0, keys: 0, reopened: 0, modelsRemoved: false };
const STATEMENT_FILE = /^\d+\.sigstore\.json$/;
const CERTIFICATE_FILE = /^[0-9a-f-]{36}\.[\w.]+$/;
const PUBLIC = /^(?:ledger|certificates)\//;

/**
 * Restores a backup into an empty folder, and carries out again everything that was destroyed since, before anything in it can be opened. Until
 * it has come to its end the folder says that it is unfinished, and opens for nobody; repeating it begins anew.
 *
 * @throws BackupError, AgeError, TarError, LedgerError, VaultError, KeyServiceError, DataFolderError
 */
export async function restoreBackup(order: RestoreOrder): Promise<Restored> {
  const { file, key, folder, onProgress = () => {} } = order;
  if (!existsSync(file))
    throw new BackupError('BACKUP_FILE_MISSING', 'there is no such file', { nextStep: 'Name a backup.' });
  const root = path.resolve(folder);
  await beginAnew(root);
  const { paths, release } = openDataFolder(root, { unfinished: true });
  try {
    const { summary, contents } = await readBackup(openedWith(key, createReadStream(file)), (name, content) =>
      unpack(root, name, content),
    );
    await linkAll(root, contents.links);
    onProgress(`${contents.files.length} files unpacked, as of ${summary.madeAt}`);
    if (order.kekFile !== undefined) await copyFile(order.kekFile, paths.kek);
    await dropSessions(paths.access);
    const ledger = await bringLedgerForward(order, paths, summary);
    if (order.certificates !== undefined)
      await copyMissing(order.certificates, paths.certificates, CERTIFICATE_FILE);
    const replayed = await replay(order, paths, summary, ledger.after);
    await rm(unfinishedMarker(root));
    await syncFolder(root);
    return { summary, replayed, ledger };
  } finally {
    release();
  }
}

/** Marks the folder before anything is written there. @throws BackupError RESTORE_FOLDER_NOT_EMPTY */
async function beginAnew(root: string): Promise<void> {
  const marker = unfinishedMarker(root);
  const present = existsSync(root) ? await readdir(root) : [];
  if (present.length > 0 && !existsSync(marker))
    throw new BackupError('RESTORE_FOLDER_NOT_EMPTY', 'the folder to restore into is not empty', {
      nextStep: 'Name a new folder; a restore never mixes with what is there.',
    });
  await makeFolder(root, FOLDER_MODE.private);
  await chmod(root, FOLDER_MODE.private);
  await writeFileDurably(marker, '{"schema":"urn:lacuna:restore-unfinished:v1"}\n');
  for (const name of present)
    if (path.join(root, name) !== marker) await rm(path.join(root, name), { recursive: true });
}

async function unpack(root: string, name: string, content: AsyncIterable<Uint8Array>): Promise<void> {
  const file = path.join(root, name);
  const mode = PUBLIC.test(name) ? FILE_MODE.public : FILE_MODE.private;
  await mkdir(path.dirname(file), {
    recursive: true,
    mode: PUBLIC.test(name) ? FOLDER_MODE.public : FOLDER_MODE.private,
  });
  await pipeline(content, createWriteStream(file, { flags: 'wx', mode }));
  await chmod(file, mode);
  const handle = await open(file, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function linkAll(root: string, links: BackupContents['links']): Promise<void> {
  for (const { name, of } of links) {
    const file = path.join(root, name);
    await mkdir(path.dirname(file), { recursive: true });
    await link(path.join(root, of), file).catch(() => copyFile(path.join(root, of), file)); // where the disk has no second names
  }
}

/** Whoever was signed in when the backup was made signs in again. */
async function dropSessions(file: string): Promise<void> {
  if (!existsSync(file)) return;
  const database = new Database(file);
  try {
    database.pragma('secure_delete = ON');
    for (const table of ['sessions', 'challenges', 'set_up_links']) database.exec(`DELETE FROM ${table}`);
  } finally {
    database.close();
  }
}

async function bringLedgerForward(
  { ledger, checkpoint, onProgress = () => {} }: RestoreOrder,
  paths: DataPaths,
  { ledgerSize }: BackupSummary,
): Promise<Restored['ledger']> {
  const database = path.join(paths.root, 'ledger.db');
  let sizes = { before: ledgerSize, after: ledgerSize };
  if (ledger !== undefined) {
    sizes = await extendFromPublished(database, {
      read: (name) => readIfThere(path.join(ledger, name)),
    });
    await copyMissing(path.join(ledger, 'statements'), paths.statements, STATEMENT_FILE);
    onProgress(
      `the ledger goes on from ${sizes.after} entries, ${sizes.after - sizes.before} of them from its published copy`,
    );
  }
  if (checkpoint !== undefined) checkAgainstOutside(database, await readFile(checkpoint));
  return sizes;
}

/** Files that never change once they are there. */
async function copyMissing(from: string, to: string, names: RegExp): Promise<void> {
  if (!existsSync(from)) return;
  await mkdir(to, { recursive: true, mode: FOLDER_MODE.public });
  for (const name of await readdir(from)) {
    const file = path.join(to, name);
    if (!names.test(name) || existsSync(file)) continue;
    await writeFileDurably(`${file}.new`, await readFile(path.join(from, name)), FILE_MODE.public);
    await rename(`${file}.new`, file);
  }
}

async function replay(
  { destructions, kek, onProgress = () => {} }: RestoreOrder,
  paths: DataPaths,
  { installation }: BackupSummary,
  ledgerSize: number,
): Promise<ReplayedDestructions> {
  if (destructions === undefined) return NOTHING;
  const journal = await readJournal(destructions, installation);
  const replayed = await replayDestructions(paths, journal, ledgerSize, () =>
    kekCustodyOf(paths, kek, installation).load(),
  );
  onProgress(`${replayed.requests} destructions carried out again`);
  return replayed;
}

async function readIfThere(file: string): Promise<Uint8Array | undefined> {
  try {
    return Uint8Array.from(await readFile(file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
