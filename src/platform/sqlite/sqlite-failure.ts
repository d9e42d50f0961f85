import Database from 'better-sqlite3';

/** Why SQLite could not do it, as far as a person can act on it. */
export type SqliteFailure = 'full' | 'read-only' | 'damaged' | 'unavailable';

const CAUSES: readonly (readonly [prefix: string, failure: SqliteFailure])[] = [
  ['SQLITE_FULL', 'full'],
  ['SQLITE_READONLY', 'read-only'],
  ['SQLITE_CORRUPT', 'damaged'],
  ['SQLITE_NOTADB', 'damaged'],
  ['SQLITE_CANTOPEN', 'unavailable'],
  ['SQLITE_BUSY', 'unavailable'],
  ['SQLITE_IOERR', 'unavailable'],
];

/** Classifies an error of better-sqlite3 by its result code (https://www.sqlite.org/rescode.html); undefined for any other. */
export function sqliteFailureOf(error: unknown): SqliteFailure | undefined {
  if (!(error instanceof Database.SqliteError)) return undefined;
  return CAUSES.find(([prefix]) => error.code.startsWith(prefix))?.[1];
}
