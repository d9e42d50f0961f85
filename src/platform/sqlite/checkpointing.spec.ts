import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { Checkpointing, closeSqlite, openSqlite, type SqliteDatabase } from './index.js';

const folder = mkdtempSync(path.join(tmpdir(), 'lacuna-checkpoints-'));
let files = 0;
const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
afterAll(() => rmSync(folder, { recursive: true }));

const OPTIONS = { due: 50, longest: 200 };
const PAGE = 4_096;

interface Log {
  readonly log: number;
  readonly checkpointed: number;
}

/** A file whose log is brought in elsewhere; each row takes a page. */
function open() {
  const file = path.join(folder, `${files++}.db`);
  const database = openSqlite(file);
  database.exec('CREATE TABLE notes (id INTEGER PRIMARY KEY, content BLOB NOT NULL)');
  const checkpointing = new Checkpointing(database, OPTIONS);
  closers.push(() => closeSqlite(database));
  closers.push(() => checkpointing.close());
  return { file, database, checkpointing };
}

function write(database: SqliteDatabase, rows: number): void {
  const insert = database.prepare('INSERT INTO notes (content) VALUES (?)');
  database.transaction(() => {
    for (let n = 0; n < rows; n++) insert.run(Buffer.alloc(PAGE, n));
  })();
}

const rowsIn = (database: SqliteDatabase): unknown =>
  database.prepare('SELECT count(*) FROM notes').pluck().get();

const logOf = (database: SqliteDatabase): Log => (database.pragma('wal_checkpoint(NOOP)') as [Log])[0];

describe('bringing the log of a database in elsewhere', () => {
  it('empties a log that has grown too long before the next write, which begins it anew', async () => {
    const { database, checkpointing } = open();
    write(database, 2 * OPTIONS.longest - 50);
    expect(logOf(database)).toMatchObject({ checkpointed: 0 });
    expect(logOf(database).log).toBeGreaterThan(OPTIONS.longest);

    await checkpointing.room();
    expect(logOf(database).checkpointed).toBe(logOf(database).log);
    write(database, 1);
    expect(logOf(database).log).toBeLessThan(OPTIONS.due);
    expect(rowsIn(database)).toBe(2 * OPTIONS.longest - 49);
  });

  it('lets writing go on in a log that is short', async () => {
    const { database, checkpointing } = open();
    write(database, OPTIONS.due);
    await checkpointing.room();
    expect(logOf(database).checkpointed).toBe(0);
  });

  it('does not wait for a reader, who keeps the log from beginning anew', async () => {
    const { file, database, checkpointing } = open();
    const reader = openSqlite(file, { readOnly: true });
    closers.push(() => void reader.close());
    reader.exec('BEGIN');
    expect(rowsIn(reader)).toBe(0);
    write(database, OPTIONS.longest);
    await checkpointing.room();
    write(database, 10);
    await checkpointing.room();
    expect(logOf(database).log).toBeGreaterThan(OPTIONS.longest);
    expect(rowsIn(reader)).toBe(0);
    expect(await checkpointing.truncate()).toBe(false);

    reader.exec('COMMIT');
    expect(await checkpointing.truncate()).toBe(true);
    expect(statSync(`${file}-wal`).size).toBe(0);
  });

  it('truncates the log when a pass that goes on has ended, for meanwhile nothing would come of it', async () => {
    const { file, database, checkpointing } = open();
    const log = `${file}-wal`;
    write(database, OPTIONS.due + 1);
    checkpointing.committed();
    const truncated = checkpointing.truncate();
    expect(statSync(log).size).toBeGreaterThan(OPTIONS.due * PAGE);
    expect(await truncated).toBe(true);
    expect(statSync(log).size).toBe(0);

    write(database, 1);
    const atOnce = checkpointing.truncate();
    expect(statSync(log).size).toBe(0);
    expect(await atOnce).toBe(true);
  });

  it('leaves one sound file when it is closed in the middle of a pass', async () => {
    const { file, database, checkpointing } = open();
    write(database, OPTIONS.longest);
    checkpointing.committed();
    await checkpointing.close();
    closeSqlite(database);
    expect(existsSync(`${file}-wal`)).toBe(false);
    const again = openSqlite(file, { readOnly: true });
    closers.push(() => void again.close());
    expect(again.pragma('integrity_check', { simple: true })).toBe('ok');
    expect(rowsIn(again)).toBe(OPTIONS.longest);
  });

  it('leaves a database in memory alone', async () => {
    const database = openSqlite(':memory:');
    closers.push(() => closeSqlite(database));
    const checkpointing = new Checkpointing(database, OPTIONS);
    checkpointing.committed();
    await checkpointing.room();
    expect(await checkpointing.truncate()).toBe(true);
    await checkpointing.close();
  });
});
