import { existsSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';

export type SqliteDatabase = Database.Database;

export interface SqliteOptions {
  readonly readOnly?: boolean;
  /** The file never grows past this many bytes; more fails as a full disk does. */
  readonly maxBytes?: number;
}

const PAGE_CACHE_KIB = 65_536;
const WAL_PAGES_BEFORE_CHECKPOINT = 16_000;
const WAL_BYTES_KEPT = 64 * 1024 * 1024;

/**
 * Opens a database whose commits survive a power cut (WAL, synchronous=FULL) and whose deletions leave no bytes behind
 * (secure_delete).
 *
 * @throws SqliteError
 */
export function openSqlite(file: string, options: SqliteOptions = {}): SqliteDatabase {
  const { readOnly = false, maxBytes } = options;
  if (file !== ':memory:' && !existsSync(path.dirname(file)))
    throw new Database.SqliteError('the folder does not exist', 'SQLITE_CANTOPEN');
  const database = new Database(file, { readonly: readOnly, fileMustExist: readOnly });
  try {
    database.pragma(`cache_size = -${PAGE_CACHE_KIB}`);
    if (!readOnly) prepareForWriting(database);
    if (maxBytes !== undefined) limitSize(database, maxBytes);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * Moves everything from the write-ahead log into the database and empties the log, so that what was deleted is in neither.
 * @returns false while somebody reads what is in the log, and it was not emptied
 */
export function truncateWal(database: SqliteDatabase): boolean {
  const [{ busy }] = database.pragma('wal_checkpoint(TRUNCATE)') as [{ busy: number }];
  return busy === 0;
}

/**
 * Closes, and leaves one plain file that can be copied and opened read-only anywhere: SQLite cannot read a WAL database in a
 * folder where it may not create side files.
 */
export function closeSqlite(database: SqliteDatabase): void {
  if (!database.open) return;
  try {
    if (!database.readonly) database.pragma('journal_mode = DELETE');
  } catch {
    // Somebody else reads it at the moment; the log then stays beside the file, which loses nothing.
  }
  database.close();
}

function prepareForWriting(database: SqliteDatabase): void {
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.pragma('secure_delete = ON');
  database.pragma('foreign_keys = ON');
  database.pragma(`wal_autocheckpoint = ${WAL_PAGES_BEFORE_CHECKPOINT}`);
  database.pragma(`journal_size_limit = ${WAL_BYTES_KEPT}`);
}

function limitSize(database: SqliteDatabase, maxBytes: number): void {
  const pageSize = database.pragma('page_size', { simple: true }) as number;
  database.pragma(`max_page_count = ${Math.max(1, Math.floor(maxBytes / pageSize))}`);
}
