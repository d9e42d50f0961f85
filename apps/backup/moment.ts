import { existsSync, linkSync, readdirSync } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import path from 'node:path';
import Database from 'better-sqlite3';
import type { EventStore } from '#libs/messaging';
import { sqliteFailureOf, type SqliteDatabase } from '#platform/sqlite';
import { BackupError } from './backup-error.js';
import { DATABASES, isPacked } from './backup-contents.js';

/** A data folder as it was at one moment. */
/** Events that are kept on a server. */
export type RemoteEvents = Pick<EventStore, 'head' | 'readAll'>;

export interface Moment {
  /** ISO 8601. */
  readonly at: string;
  /** Each reads its database as it was, whatever is written meanwhile. */
  readonly databases: ReadonlyMap<string, SqliteDatabase>;
  /** Second names of all other files, by their name in the data folder. */
  readonly files: ReadonlyMap<string, string>;
  /** Position of the last event at that moment, where events are kept on a server. */
  readonly head?: bigint;
  close(): void;
}

const ATTEMPTS = 400;
const PAUSE = 25; // ms

/**
 * Stops the clock of a data folder that others may be writing to: holds the write locks of all its databases at once, for as long as it takes to
 * begin reading each of them and to give every other file a second name (some milliseconds; writers wait), then lets go. What is seen is a state
 * in which a crash could have left the folder, and every such state is one that Lacuna goes on from.
 *
 * @param holding a new folder on the same disk, for the second names
 * @throws BackupError BACKUP_STORES_BUSY
 */
export async function momentOf(
  root: string,
  holding: string,
  { withKek, events }: { readonly withKek: boolean; readonly events?: RemoteEvents },
): Promise<Moment> {
  const names = DATABASES.filter((name) => existsSync(path.join(root, name)));
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const locks = tryLock(names.map((name) => path.join(root, name)));
    if (locks === undefined) {
      await wait(PAUSE * (0.5 + Math.random())); // never waits while it holds one: nobody can wait for us in a circle
      continue;
    }
    try {
      // Without a pause until files have second names: a writer of this very process would wait for us for ever.
      const at = new Date().toISOString();
      const databases = new Map(names.map((name) => [name, reading(path.join(root, name))]));
      const files = secondNames(root, holding, withKek);
      const head = await events?.head(); // nothing that its events rest on is written meanwhile
      return { at, databases, files, head, close: () => databases.forEach((database) => database.close()) };
    } finally {
      locks.forEach(unlock);
    }
  }
  throw new BackupError('BACKUP_STORES_BUSY', 'the stores were never all at rest for a moment', {
    nextStep: 'Try again when less is being written.',
  });
}

/** The write locks of all, or of none. */
function tryLock(files: readonly string[]): SqliteDatabase[] | undefined {
  const locks: SqliteDatabase[] = [];
  try {
    for (const file of files) {
      const lock = new Database(file, { timeout: 0 });
      locks.push(lock);
      lock.exec('BEGIN IMMEDIATE');
    }
    return locks;
  } catch (error) {
    locks.forEach(unlock);
    if (sqliteFailureOf(error) === 'unavailable') return undefined;
    throw error;
  }
}

function unlock(lock: SqliteDatabase): void {
  if (lock.inTransaction) lock.exec('ROLLBACK');
  lock.close();
}

/** A transaction that reads: SQLite keeps for it what it began with. */
function reading(file: string): SqliteDatabase {
  const database = new Database(file, { readonly: true });
  database.exec('BEGIN');
  database.prepare('SELECT count(*) FROM sqlite_schema').get();
  return database;
}

/** No file is ever changed in place: one that is replaced or destroyed meanwhile is still there under its second name. */
function secondNames(root: string, holding: string, withKek: boolean): Map<string, string> {
  const files = new Map<string, string>();
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((one) => one.isFile())) {
    const file = path.join(entry.parentPath, entry.name);
    const name = path.relative(root, file).split(path.sep).join('/');
    if (!isPacked(name, withKek)) continue;
    const second = path.join(holding, String(files.size));
    linkSync(file, second);
    files.set(name, second);
  }
  return files;
}

/** Works in a folder of its own beside the data; what an earlier backup left there when it was killed is removed. */
export async function withHolding<T>(root: string, work: (holding: string) => Promise<T>): Promise<T> {
  const holding = path.join(root, '.backup');
  await rm(holding, { recursive: true, force: true });
  await mkdir(holding, { mode: 0o700 });
  try {
    return await work(holding);
  } finally {
    await rm(holding, { recursive: true, force: true });
  }
}

/** Which files are one and the same on the disk: packed once, named often. */
export async function inodeOf(file: string): Promise<string> {
  const { dev, ino } = await stat(file);
  return `${dev}:${ino}`;
}
