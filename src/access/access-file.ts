import { openSqlite, sqliteFailureOf, type SqliteDatabase } from '#platform/sqlite';
import { AccessError } from './access-error.js';

/** "LacA". */
const APPLICATION_ID = 0x4c616341;
const VERSION = 1;

/*
 * No name, no address, no secret: names are sealed under a key of the vault, a user name and an address are found by a keyed hash, of
 * tokens there are hashes. Times are milliseconds since 1970. `actions` repeats the event log and can be filled again from it.
 */
const SCHEMA = `
  CREATE TABLE staff (
    staff_id TEXT PRIMARY KEY,
    sealed TEXT NOT NULL,
    user_lookup BLOB UNIQUE,
    provider_lookup BLOB UNIQUE,
    password_hash TEXT,
    roles TEXT NOT NULL,
    disabled INTEGER NOT NULL DEFAULT 0,
    last_login_at TEXT
  ) STRICT;
  CREATE TABLE set_up_links (token_hash BLOB PRIMARY KEY, staff_id TEXT NOT NULL UNIQUE REFERENCES staff, expires_at INTEGER NOT NULL) STRICT;
  CREATE TABLE sessions (
    token_hash BLOB PRIMARY KEY,
    kind TEXT NOT NULL,
    owner TEXT NOT NULL,
    seen_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX sessions_by_owner ON sessions (owner);
  CREATE TABLE challenges (
    challenge_id TEXT PRIMARY KEY,
    code_hash BLOB NOT NULL,
    subject TEXT,
    request_id TEXT,
    attempts_left INTEGER NOT NULL,
    ends_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE actions (
    position INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    staff_id TEXT NOT NULL,
    action TEXT NOT NULL,
    request_id TEXT,
    about TEXT
  ) STRICT;
`;

/** Opens the file of accounts, sessions and challenges, or makes it. @throws AccessError ACCESS_FILE_UNUSABLE */
export function openAccessFile(file: string): SqliteDatabase {
  try {
    const database = openSqlite(file);
    database.transaction(() => ensureSchema(database)).immediate();
    return database;
  } catch (cause) {
    if (sqliteFailureOf(cause) === undefined) throw cause;
    throw unusable(cause);
  }
}

function ensureSchema(database: SqliteDatabase): void {
  const application = database.pragma('application_id', { simple: true });
  const version = database.pragma('user_version', { simple: true });
  if (application === APPLICATION_ID && version === VERSION) return;
  if (application !== 0 || version !== 0) throw unusable();
  database.exec(SCHEMA);
  database.pragma(`application_id = ${APPLICATION_ID}`);
  database.pragma(`user_version = ${VERSION}`);
}

function unusable(cause?: unknown): AccessError {
  return new AccessError('ACCESS_FILE_UNUSABLE', 'the file of accounts and sessions cannot be used', {
    cause,
    nextStep:
      'Check who may write access.db and whether there is room; without the file accounts are set up anew.',
  });
}
