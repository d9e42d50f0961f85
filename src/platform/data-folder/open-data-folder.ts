import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { FOLDER_MODE } from '#platform/files';
import { sqliteFailureOf } from '#platform/sqlite';
import { DataFolderError } from './data-folder-error.js';

/** Absolute paths of what lies in a data folder. */
export interface DataPaths {
  readonly root: string;
  readonly events: string;
  readonly vault: string;
  readonly kek: string;
  /** The same key, wrapped by a key service. */
  readonly wrappedKek: string;
  readonly readModels: string;
  /** The index of the ledger's entries; may be deleted, it is filled again. */
  readonly ledgerIndex: string;
  readonly datasets: string;
  readonly models: string;
  /** The static files of the ledger; any web server can serve the folder as it is. */
  readonly ledger: string;
  /** Within the ledger: what its leaves stand for. */
  readonly statements: string;
  readonly certificates: string;
  readonly receipts: string;
  /** Accounts of staff, sessions, challenges. */
  readonly access: string;
  /** What is to be sent, sealed. */
  readonly outbox: string;
  /** Mail as files, where no mail server is named. */
  readonly mail: string;
}

export interface DataFolderOptions {
  /** Also a folder that is still being restored: for whoever restores it. */
  readonly unfinished?: boolean;
}

/** As long as this file is there, the folder holds half of something and nothing may be opened in it. */
export function unfinishedMarker(root: string): string {
  return path.join(root, 'restore-unfinished.json');
}

export interface DataFolder {
  readonly paths: DataPaths;
  /** Lets another process in. Idempotent; the operating system does the same when this process dies. */
  release(): void;
}

/**
 * Makes the folder if need be, for its owner only (what is to be published within it has modes to be copied with), and keeps every other process out until `release` or the end of this one.
 *
 * @example
 * const folder = openDataFolder('lacuna-data');
 * const events = SqliteEventStore.open(folder.paths.events);
 * @throws DataFolderError DATA_FOLDER_IN_USE, DATA_FOLDER_UNFINISHED, DATA_FOLDER_UNWRITABLE, DATA_FOLDER_FULL
 */
export function openDataFolder(folder: string, { unfinished = false }: DataFolderOptions = {}): DataFolder {
  const paths = pathsIn(path.resolve(folder));
  if (!unfinished && existsSync(unfinishedMarker(paths.root)))
    throw new DataFolderError('DATA_FOLDER_UNFINISHED', 'the folder was not restored to the end', {
      nextStep: 'repeat lacuna restore with the same options, which begins anew; or remove the folder',
    });
  try {
    for (const directory of [paths.root, paths.models])
      mkdirSync(directory, { recursive: true, mode: FOLDER_MODE.private });
    for (const directory of [paths.ledger, paths.certificates])
      if (mkdirSync(directory, { recursive: true }) !== undefined) chmodSync(directory, FOLDER_MODE.public);
    const lock = lockFile(path.join(paths.root, 'lock.db'));
    return { paths, release: () => lock.close() };
  } catch (error) {
    throw asDataFolderError(error);
  }
}

/** What lies where in a data folder; opens nothing. */
export function pathsIn(root: string): DataPaths {
  return {
    root,
    events: path.join(root, 'events.db'),
    vault: path.join(root, 'vault.db'),
    kek: path.join(root, 'kek.key'),
    wrappedKek: path.join(root, 'kek.wrapped'),
    readModels: path.join(root, 'read-models.db'),
    ledgerIndex: path.join(root, 'ledger-index.db'),
    datasets: path.join(root, 'datasets.db'),
    models: path.join(root, 'models'),
    ledger: path.join(root, 'ledger'),
    statements: path.join(root, 'ledger', 'statements'),
    certificates: path.join(root, 'certificates'),
    receipts: path.join(root, 'receipts'),
    access: path.join(root, 'access.db'),
    outbox: path.join(root, 'outbox.db'),
    mail: path.join(root, 'outbox'),
  };
}

/** An open exclusive transaction of SQLite holds a lock of the operating system, which outlives no process. */
function lockFile(file: string): Database.Database {
  const lock = new Database(file, { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock.close();
    throw error;
  }
}

function asDataFolderError(cause: unknown): unknown {
  const code = (cause as { code?: string }).code ?? '';
  if (code.startsWith('SQLITE_BUSY'))
    return new DataFolderError('DATA_FOLDER_IN_USE', 'another process works in this data folder', {
      nextStep: 'stop that process, or give this one a data folder of its own',
      cause,
    });
  const full = fullDisk(cause);
  if (full !== undefined) return full;
  if (sqliteFailureOf(cause) !== undefined || /^E(ACCES|PERM|ROFS|EXIST|NOTDIR|NOENT)$/.test(code))
    return new DataFolderError('DATA_FOLDER_UNWRITABLE', 'the data folder cannot be written', {
      nextStep: 'check that the path is a folder and that the user of this process may write there',
      cause,
    });
  return cause;
}

/** Says of an error of the system or of SQLite that the disk is full; undefined where it is another one. */
export function fullDisk(cause: unknown): DataFolderError | undefined {
  const { code } = (cause ?? {}) as { code?: unknown };
  if (code !== 'ENOSPC' && code !== 'EDQUOT' && sqliteFailureOf(cause) !== 'full') return undefined;
  return new DataFolderError('DATA_FOLDER_FULL', 'there is no room on the disk of the data folder', {
    nextStep: 'free disk space and start again; nothing that was confirmed is lost',
    cause,
  });
}
