import { describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { refusalOf } from '#libs/testkit';
import { closeSqlite, openSqlite, sqliteFailureOf } from './index.js';

describe('failures of SQLite', () => {
  it.each([
    ['SQLITE_FULL', 'full'],
    ['SQLITE_READONLY_DBMOVED', 'read-only'],
    ['SQLITE_CORRUPT_VTAB', 'damaged'],
    ['SQLITE_NOTADB', 'damaged'],
    ['SQLITE_CANTOPEN', 'unavailable'],
    ['SQLITE_BUSY_SNAPSHOT', 'unavailable'],
    ['SQLITE_IOERR_WRITE', 'unavailable'],
    ['SQLITE_CONSTRAINT_UNIQUE', undefined],
  ])('%s counts as %p', (code, failure) => {
    expect(sqliteFailureOf(new Database.SqliteError('some message', code))).toBe(failure);
  });

  it('are told from everything else that is thrown', () => {
    for (const thrown of [
      new Error('SQLITE_FULL'),
      Object.assign(new Error(), { code: 13 }),
      'SQLITE_FULL',
      null,
      undefined,
    ])
      expect(sqliteFailureOf(thrown)).toBeUndefined();
  });

  it('include a folder that does not exist', () => {
    expect(refusalOf(() => openSqlite('/nonexistent-folder/file.db'))).toBe('SQLITE_CANTOPEN');
  });
});

describe('an open database', () => {
  it('waits for the disk, keeps a log, overwrites what it deletes, and may be closed twice', () => {
    const database = openSqlite(':memory:');
    const pragma = (name: string) => database.pragma(name, { simple: true });
    expect([pragma('synchronous'), pragma('secure_delete'), pragma('foreign_keys')]).toEqual([2, 1, 1]);
    closeSqlite(database);
    closeSqlite(database);
  });
});
