import type { MapPages, MapSummary } from '#libs/merkle';
import { closeSqlite, openSqlite, type SqliteDatabase } from '#platform/sqlite';
import { guarded } from './datasets-error.js';

/*
 * A page belongs to the version that wrote it and to all later ones up to the next that writes it. Bodies lie in a table with a row id:
 * without one, SQLite would put whatever is longer than a kilobyte into pages of its own. The page above knows the row id, so that no index
 * has the pages by their names, which would be all over the file: a commit writes what a version has, side by side. Databases that were
 * begun before pages knew it have such an index; there, pages are searched until the page above has been written anew.
 */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS map (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE IF NOT EXISTS version (
    map INTEGER NOT NULL, number INTEGER NOT NULL, root BLOB NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (map, number)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS page (
    id INTEGER PRIMARY KEY, map INTEGER NOT NULL, prefix TEXT NOT NULL, number INTEGER NOT NULL, body BLOB NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS page_of_version ON page (map, number);
  CREATE INDEX IF NOT EXISTS root_of_version ON page (map, number) WHERE prefix = '';
  CREATE TABLE IF NOT EXISTS tombstone_step (
    number INTEGER PRIMARY KEY, request TEXT NOT NULL UNIQUE, position INTEGER NOT NULL
  ) STRICT;
`;

const MAX_POSITION = 2n ** 63n - 1n; // the largest integer of SQLite

/** One version of one map, and how it was summed up. */
export interface StoredVersion extends MapSummary {
  readonly number: number;
}

/** A request whose labels made a version of the tombstone map. */
export interface TombstoneStep {
  readonly number: number;
  readonly request: string;
  /** Of its RecordsErased. */
  readonly position: bigint;
}

/** Pages and versions of sparse maps in SQLite. Whatever is written in `transaction` is durable together, or not at all. */
export class MapStore {
  private readonly statements: ReturnType<typeof prepare>;

  private constructor(private readonly database: SqliteDatabase) {
    this.statements = prepare(database);
  }

  /** @throws DatasetsError DATASET_MAPS_… */
  static open(file: string): MapStore {
    return guarded(() => {
      const database = openSqlite(file);
      try {
        database.exec(SCHEMA);
        return new MapStore(database);
      } catch (error) {
        database.close();
        throw error;
      }
    });
  }

  transaction<T>(work: () => T): T {
    return guarded(() => this.database.transaction(work).immediate());
  }

  /** The newest version of a map up to this number. */
  versionUpTo(name: string, number: number): StoredVersion | undefined {
    return asVersion(this.statements.versionUpTo.get(name, number));
  }

  /** The newest version of a map up to this number that has this root. */
  versionWith(name: string, number: number, root: Uint8Array): StoredVersion | undefined {
    return asVersion(this.statements.versionWith.get(name, number, root));
  }

  /** Removes every version after this one, which interrupted runs may have left. */
  dropAfter(name: string, number: number): void {
    this.statements.dropPages.run(name, number);
    this.statements.dropVersions.run(name, number);
  }

  /** Records a version whose pages are written. */
  addVersion(name: string, { number, root, count }: StoredVersion): void {
    this.statements.addVersion.run(this.idOf(name), number, root, count);
  }

  /** Pages of a map as a version has them; what is written goes into `next`, and nowhere where there is none. */
  pages(name: string, number: number, next?: number): MapPages {
    const id = this.idOf(name);
    const { readRoot, readPage, searchPage, writePage } = this.statements;
    const find = (prefix: string, place?: number): unknown => {
      if (place !== undefined) return readPage.get(place, prefix);
      return prefix === '' ? readRoot.get(id, number) : searchPage.get(id, prefix, number);
    };
    return {
      read: (prefix, place) => {
        const body = find(prefix, place) as Buffer | undefined;
        return body && new Uint8Array(body.buffer, body.byteOffset, body.length);
      },
      write: (prefix, page) =>
        next === undefined ? undefined : Number(writePage.run(id, prefix, next, page).lastInsertRowid),
    };
  }

  addTombstoneStep({ number, request, position }: TombstoneStep): void {
    this.statements.addStep.run(number, request, position);
  }

  tombstoneStepOf(request: string): TombstoneStep | undefined {
    return asStep(this.statements.stepOf.get(request));
  }

  /** The last step that was taken when the log had come to this position. */
  lastTombstoneStep(position: bigint = MAX_POSITION): TombstoneStep | undefined {
    return asStep(this.statements.lastStep.get(position));
  }

  close(): void {
    closeSqlite(this.database);
  }

  private idOf(name: string): number {
    const known = this.statements.findMap.get(name) as number | undefined;
    return known ?? Number(this.statements.addMap.run(name).lastInsertRowid);
  }
}

function prepare(database: SqliteDatabase) {
  const step = 'SELECT number, request, CAST(position AS TEXT) AS position FROM tombstone_step';
  const ofMap = 'map = (SELECT id FROM map WHERE name = ?)';
  const version = `SELECT number, root, count FROM version WHERE ${ofMap} AND number <= ?`;
  return {
    findMap: database.prepare('SELECT id FROM map WHERE name = ?').pluck(),
    addMap: database.prepare('INSERT INTO map (name) VALUES (?)'),
    versionUpTo: database.prepare(`${version} ORDER BY number DESC LIMIT 1`),
    versionWith: database.prepare(`${version} AND root = ? ORDER BY number DESC LIMIT 1`),
    addVersion: database.prepare('INSERT INTO version (map, number, root, count) VALUES (?, ?, ?, ?)'),
    dropPages: database.prepare(`DELETE FROM page WHERE ${ofMap} AND number > ?`),
    dropVersions: database.prepare(`DELETE FROM version WHERE ${ofMap} AND number > ?`),
    readRoot: database
      .prepare(
        "SELECT body FROM page WHERE map = ? AND prefix = '' AND number <= ? ORDER BY number DESC LIMIT 1",
      )
      .pluck(),
    readPage: database.prepare('SELECT body FROM page WHERE id = ? AND prefix = ?').pluck(),
    searchPage: database
      .prepare(
        'SELECT body FROM page WHERE map = ? AND prefix = ? AND number <= ? ORDER BY number DESC LIMIT 1',
      )
      .pluck(),
    writePage: database.prepare('INSERT INTO page (map, prefix, number, body) VALUES (?, ?, ?, ?)'),
    addStep: database.prepare('INSERT INTO tombstone_step (number, request, position) VALUES (?, ?, ?)'),
    stepOf: database.prepare(`${step} WHERE request = ?`),
    lastStep: database.prepare(`${step} WHERE position <= ? ORDER BY number DESC LIMIT 1`),
  };
}

function asVersion(row: unknown): StoredVersion | undefined {
  const version = row as { number: number; root: Uint8Array; count: number } | undefined;
  return version && { ...version, root: Uint8Array.from(version.root) };
}

function asStep(row: unknown): TombstoneStep | undefined {
  const step = row as { number: number; request: string; position: string } | undefined;
  return step && { ...step, position: BigInt(step.position) };
}
