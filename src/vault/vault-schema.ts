import { VaultError } from '#libs/messaging';
import type { SqliteDatabase } from '#platform/sqlite';

/** "LacV". */
const APPLICATION_ID = 0x4c616356;
const VERSION = 2;

/* In the order of its rows, a person's first id comes first; without a kind it is read from the id. */
const DIRECTORY = `
  CREATE TABLE directory (lookup BLOB PRIMARY KEY, subject TEXT NOT NULL, sealed_external_id BLOB NOT NULL, kind TEXT) STRICT;
  CREATE INDEX directory_by_subject ON directory (subject);
`;

/* Key names hold pseudonyms only. An external id is stored under encryption, and found by a keyed hash. */
const SCHEMA = `
  CREATE TABLE keys (name TEXT PRIMARY KEY, wrapped BLOB NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE destroyed_keys (name TEXT PRIMARY KEY, destroyed_at TEXT NOT NULL) STRICT, WITHOUT ROWID;
  ${DIRECTORY}
  CREATE TABLE kek_check (only INTEGER PRIMARY KEY CHECK (only = 1), box BLOB NOT NULL) STRICT;
`;

/* Version 1 knew one id a person. */
const FROM_VERSION_1 = `
  ALTER TABLE directory RENAME TO directory_1;
  ${DIRECTORY}
  INSERT INTO directory SELECT lookup, subject, sealed_external_id, NULL FROM directory_1 ORDER BY rowid;
  DROP TABLE directory_1;
`;

/** Lays out an empty file, or brings one of an older version up to date; refuses a file that is not a vault of this version. @returns whether the file was new */
export function ensureVaultSchema(database: SqliteDatabase): boolean {
  const application = database.pragma('application_id', { simple: true });
  const version = database.pragma('user_version', { simple: true }) as number;
  if (application === APPLICATION_ID && version === VERSION) return false;
  if (application === APPLICATION_ID && version === 1 && !database.readonly) {
    database.exec(FROM_VERSION_1);
    database.pragma(`user_version = ${VERSION}`);
    return false;
  }
  const tables = database.prepare('SELECT count(*) FROM sqlite_schema').pluck().get();
  if (application !== 0 || tables !== 0)
    throw new VaultError('VAULT_VERSION_UNKNOWN', 'the file is not a vault of this version', {
      facts: { version, expected: VERSION },
      nextStep: 'check the path, or open the file with the release that wrote it',
    });
  database.exec(SCHEMA);
  database.pragma(`application_id = ${APPLICATION_ID}`);
  database.pragma(`user_version = ${VERSION}`);
  return true;
}
