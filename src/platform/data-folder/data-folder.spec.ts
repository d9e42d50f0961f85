import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { refusalOf } from '#libs/testkit';
import { fullDisk, openDataFolder } from './index.js';

const home = mkdtempSync(path.join(tmpdir(), 'lacuna-folder-'));
afterAll(() => rmSync(home, { recursive: true }));

describe('the data folder', () => {
  it('is made on first use, for its owner only, with a place for everything', () => {
    const root = path.join(home, 'deep', 'data');
    const folder = openDataFolder(root);
    expect(statSync(root).mode & 0o777).toBe(0o700);
    expect(folder.paths).toEqual({
      root,
      events: path.join(root, 'events.db'),
      vault: path.join(root, 'vault.db'),
      kek: path.join(root, 'kek.key'),
      wrappedKek: path.join(root, 'kek.wrapped'),
      readModels: path.join(root, 'read-models.db'),
      ledgerIndex: path.join(root, 'ledger-index.db'),
      datasets: path.join(root, 'datasets.db'),
      models: path.join(root, 'models'),
      ledger: path.join(root, 'ledger'),
      statements: path.join(root, 'ledger', 'statements'),
      certificates: path.join(root, 'certificates'),
      receipts: path.join(root, 'receipts'),
      access: path.join(root, 'access.db'),
      outbox: path.join(root, 'outbox.db'),
      mail: path.join(root, 'outbox'),
    });
    const mode = (directory: string) => statSync(directory).mode & 0o777;
    expect(mode(folder.paths.models)).toBe(0o700);
    expect(mode(folder.paths.ledger)).toBe(0o755); // copied as they are to where the public reads them
    expect(mode(folder.paths.certificates)).toBe(0o755);
    folder.release();
  });

  it('lets one in at a time, and the next one after release', () => {
    const root = path.join(home, 'one');
    const first = openDataFolder(root);
    expect(refusalOf(() => openDataFolder(root))).toBe('DATA_FOLDER_IN_USE');
    first.release();
    first.release();
    openDataFolder(root).release();
  });

  it('keeps a second process out, and is free again when the first is killed', async () => {
    const root = path.join(home, 'processes');
    openDataFolder(root).release();
    const holder = await processHoldingTheLock(path.join(root, 'lock.db'));
    expect(refusalOf(() => openDataFolder(root))).toBe('DATA_FOLDER_IN_USE');
    await new Promise((resolve) => {
      holder.once('exit', resolve);
      holder.kill('SIGKILL');
    });
    openDataFolder(root).release();
  });

  it('knows a full disk by what the system, SQLite or a library over it says', () => {
    for (const code of ['ENOSPC', 'EDQUOT', 'SQLITE_FULL'])
      expect(fullDisk(Object.assign(new Error('no room'), { code }))).toMatchObject({
        code: 'DATA_FOLDER_FULL',
        nextStep: expect.stringContaining('free disk space'),
      });
    for (const other of [new Error('another'), { code: 'SQLITE_BUSY' }, undefined])
      expect(fullDisk(other)).toBeUndefined();
  });

  it('says so when the path is not a folder', () => {
    const file = path.join(home, 'file');
    writeFileSync(file, '');
    expect(refusalOf(() => openDataFolder(file))).toBe('DATA_FOLDER_UNWRITABLE');
    expect(refusalOf(() => openDataFolder(path.join(file, 'below')))).toBe('DATA_FOLDER_UNWRITABLE');
  });
});

/** Another process, holding the lock the way openDataFolder does, until it is killed. */
async function processHoldingTheLock(file: string): Promise<ChildProcess> {
  const script = `
    const Database = require(${JSON.stringify(createRequire(import.meta.url).resolve('better-sqlite3'))});
    globalThis.lock = new Database(${JSON.stringify(file)});
    globalThis.lock.exec('BEGIN EXCLUSIVE');
    process.stdout.write('held');
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return child;
}
