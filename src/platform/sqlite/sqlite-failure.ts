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
  // By code, not by class: the native module keeps the class of whoever loaded it first, which may be another module registry.
  const code = (error as { code?: unknown } | null | undefined)?.code;
  if (typeof code !== 'string') return undefined;
  return CAUSES.find(([prefix]) => code.startsWith(prefix))?.[1];
}
