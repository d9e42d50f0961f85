import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { DataSource } from 'typeorm';

const SERVER = process.env.LACUNA_TEST_POSTGRES_URL || 'postgresql://postgres@127.0.0.1:5432/postgres';

/** A database of PostgreSQL that a spec file has for itself. */
export interface TestDatabase {
  readonly url: string;
  /** Asks the server as its administrator, inside the database. */
  query(sql: string, parameters?: unknown[]): Promise<Record<string, unknown>[]>;
  drop(): Promise<void>;
}

/**
 * Makes a database for a spec file. Without a server it is undefined, with a notice, and the specs that need it are skipped; where CI is
 * set it throws, for what is skipped there would pass for a success.
 *
 * @param name of the spec, in lower case
 */
export async function testDatabase(name: string): Promise<TestDatabase | undefined> {
  const server = await connected(SERVER).catch((cause: unknown) => {
    const notice = `${name} needs PostgreSQL at LACUNA_TEST_POSTGRES_URL, or at 127.0.0.1:5432 for the user postgres`;
    if (process.env.CI) throw new Error(notice, { cause });
    process.stderr.write(`skipped on PostgreSQL: ${notice}\n`);
  });
  if (server === undefined) return undefined;
  const database = `lacuna_${name}_${process.pid}`;
  await server.query(`DROP DATABASE IF EXISTS "${database}" WITH (FORCE)`);
  await server.query(`CREATE DATABASE "${database}"`);
  const url = Object.assign(new URL(SERVER), { pathname: `/${database}` }).toString();
  const inside = await connected(url);
  return {
    url,
    query: (sql, parameters) => inside.query(sql, parameters),
    async drop() {
      await inside.destroy();
      await server.query(`DROP DATABASE IF EXISTS "${database}" WITH (FORCE)`);
      await server.destroy();
    },
  };
}

/** Loaded when it is wanted: most specs import the testkit and need no database. */
async function connected(url: string): Promise<DataSource> {
  const { DataSource: Source } = await import('typeorm');
  return new Source({ type: 'postgres', url, poolErrorHandler: () => {} }).initialize();
}

/** Where read models may be kept. */
export interface ReadModelPlaces {
  readonly dialect: 'SQLite' | 'PostgreSQL';
  /** A place where nothing is yet. */
  next(): { readonly file: string } | { readonly url: string; readonly installation: string };
  drop(): Promise<void>;
}

/**
 * All dialects that this machine has, for `describe.each`; to be dropped when the specs have ended.
 *
 * @example
 * describe.each(await readModelPlaces('projections'))('the projections on $dialect', ({ next, drop }) => {
 *   afterAll(drop);
 * });
 */
export async function readModelPlaces(name: string): Promise<ReadModelPlaces[]> {
  const home = mkdtempSync(path.join(tmpdir(), `lacuna-${name}-`));
  const sqlite: ReadModelPlaces = {
    dialect: 'SQLite',
    next: () => ({ file: path.join(mkdtempSync(path.join(home, 'p-')), 'read-models.db') }),
    drop: async () => rmSync(home, { recursive: true }),
  };
  const database = await testDatabase(name);
  if (database === undefined) return [sqlite];
  const { url, drop } = database;
  return [sqlite, { dialect: 'PostgreSQL', next: () => ({ url, installation: randomUUID() }), drop }];
}
