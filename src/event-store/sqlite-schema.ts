import { EventStoreError } from '#libs/messaging';
import type { SqliteDatabase } from '#platform/sqlite';

/** "LacE": a file of another program is recognised before anything is read from it. */
const APPLICATION_ID = 0x4c616345;
const VERSION = 1;

/*
 * An event's row begins with what filters look at; its payload comes last, so that a scan skips it. Streams and types are
 * numbered. `position` is given by the store and never again, also after a deletion: `high_water` remembers how far it came.
 */
const SCHEMA = `
  CREATE TABLE streams (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, tombstoned INTEGER NOT NULL DEFAULT 0) STRICT;
  CREATE TABLE event_types (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    type INTEGER NOT NULL REFERENCES event_types (id),
    stream INTEGER NOT NULL REFERENCES streams (id),
    revision INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL, -- milliseconds since 1970-01-01T00:00:00Z
    id BLOB NOT NULL,
    data TEXT NOT NULL,
    metadata TEXT
  ) STRICT;
  CREATE UNIQUE INDEX events_by_revision ON events (stream, revision);
  CREATE UNIQUE INDEX events_by_id ON events (stream, id);
  CREATE TABLE high_water (only INTEGER PRIMARY KEY CHECK (only = 1), position INTEGER NOT NULL) STRICT;
  INSERT INTO high_water VALUES (1, 0);
`;

/** Lays out an empty file; refuses a file that is not an event store of this version. */
export function ensureSchema(database: SqliteDatabase): void {
  const application = database.pragma('application_id', { simple: true });
  const version = database.pragma('user_version', { simple: true }) as number;
  if (application === APPLICATION_ID && version === VERSION) return;
  if (application !== 0 || !isEmpty(database) || database.readonly)
    throw new EventStoreError('STORE_VERSION_UNKNOWN', 'the file is not an event store of this version', {
      facts: { version, expected: VERSION },
      nextStep: 'check the path, or open the file with the release that wrote it',
    });
  database.transaction(() => {
    database.exec(SCHEMA);
    database.pragma(`application_id = ${APPLICATION_ID}`);
    database.pragma(`user_version = ${VERSION}`);
  })();
}

function isEmpty(database: SqliteDatabase): boolean {
  return database.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() === 0;
}
