import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { utf8 } from '#libs/essentials';
import { signCheckpoint, signerFromSeed } from '#libs/merkle';
import { checkInstallationLedger } from '../apps/installation/index.js';
import { inFolder } from './support/lacuna-process.js';
import { fixedClock, PEOPLE, populate, TemporaryFolders, using } from './support/small-installation.js';

const folders = new TemporaryFolders();
afterAll(() => folders.remove());

const REQUEST = '7f1d9b1e-0000-4000-8000-000000000001';
const HOUR = 3_600_000;

/** Entries: 0 genesis, 1 publication, 2 publication, 3 revocation, 4 certificate. */
let whole: string;
let younger: string;
beforeAll(async () => {
  whole = folders.next();
  await using(whole, async (installation) => {
    await populate(installation);
    await installation.trainings.train();
  });
  younger = folders.copyOf(whole);
  await using(whole, async ({ requests }) => {
    await (
      await requests.erase({ requestId: REQUEST, externalId: PEOPLE[4], channel: 'cli' })
    ).finished;
  });
}, 60_000);

const check = (folder: string) => checkInstallationLedger({ folder, clockTolerance: 60_000 });

async function codesOf(folder: string): Promise<string[]> {
  const { findings } = await check(folder);
  for (const { nextStep } of findings) expect(nextStep).toMatch(/\.$/);
  return [...new Set(findings.map(({ code }) => code))].sort();
}

function changed(database: 'ledger.db' | 'events.db', sql: string): string {
  const copy = folders.copyOf(whole);
  const connection = new Database(path.join(copy, database));
  expect(connection.prepare(sql).run().changes).toBeGreaterThan(0);
  connection.close();
  return copy;
}

function withFiles(change: (at: (...names: string[]) => string) => void): string {
  const copy = folders.copyOf(whole);
  change((...names) => path.join(copy, ...names));
  return copy;
}

describe('a ledger that is whole', () => {
  it('is derived again from its entries, its events and its statements', async () => {
    expect(await check(whole)).toEqual({
      origin: 'lacuna.localhost/ledger',
      size: 5,
      checkpoints: 5,
      findings: [],
    });
  });

  it('is whole also after its key was rotated', async () => {
    const copy = folders.copyOf(whole);
    await using(copy, async (installation) => {
      await installation.rotateLedgerKey(0);
      await installation.startLine('second');
    });
    expect(await check(copy)).toMatchObject({ size: 7, findings: [] });
  });

  it('is not changed by the check', async () => {
    const copy = folders.copyOf(whole);
    const contents = () =>
      readdirSync(copy, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && entry.name !== 'lock.db')
        .map((entry) => [
          entry.name,
          readFileSync(path.join(entry.parentPath, entry.name)).toString('latin1'),
        ]);
    const before = contents();
    await check(copy);
    expect(contents()).toEqual(before);
  });
});

describe('a database in which somebody', () => {
  it.each([
    [
      'has cut off a leaf',
      'DELETE FROM leaf WHERE number = 4',
      ['LEDGER_EVENT_WITHOUT_LEAF', 'LEDGER_TRUNCATED'],
    ],
    ['has taken a leaf out', 'DELETE FROM leaf WHERE number = 2', ['LEDGER_LEAF_LOST']],
    [
      'has edited a leaf',
      "UPDATE leaf SET entry = CAST(replace(CAST(entry AS TEXT), '0.0.2', '0.0.3') AS BLOB) WHERE number = 1",
      ['LEDGER_FORKED', 'LEDGER_LEAF_EDITED', 'LEDGER_STATEMENT_OF_ANOTHER_LEAF'],
    ],
    [
      'has edited a node',
      'UPDATE node SET hash = zeroblob(32) WHERE level = 1 AND number = 0',
      ['LEDGER_NODE_WRONG'],
    ],
    ['has removed a node', 'DELETE FROM node WHERE level = 0 AND number = 3', ['LEDGER_NODE_WRONG']],
  ])('%s is found out', async (_, sql, codes) => {
    const found = await codesOf(changed('ledger.db', sql));
    expect(found).toEqual(expect.arrayContaining(codes));
  });
});

describe('events that', () => {
  it.each([
    [
      'tell of a checkpoint with another root',
      `UPDATE events SET data = json_set(data, '$.rootHash', '${'00'.repeat(32)}') WHERE data LIKE '%"size":3,%'`,
      'LEDGER_FORKED',
    ],
    [
      'tell of a larger log',
      `UPDATE events SET data = replace(data, '"size":5,', '"size":50,') WHERE data LIKE '%"size":5,%'`,
      'LEDGER_TRUNCATED',
    ],
    [
      'tell of a log that shrank',
      `UPDATE events SET data = replace(data, '"size":2,', '"size":4,') WHERE data LIKE '%"size":2,%'`,
      'LEDGER_HISTORY_BACKWARDS',
    ],
    [
      'name another manifest than the entry',
      `UPDATE events SET data = json_set(data, '$.manifestDigest', '${'00'.repeat(32)}') WHERE data LIKE '%"publishedAt"%'`,
      'LEDGER_STATEMENT_CONTRADICTS_EVENT',
    ],
    [
      'name an entry beyond the end',
      `UPDATE events SET data = replace(data, '"ledgerIndex":4', '"ledgerIndex":9') WHERE data LIKE '%"ledgerIndex":4%'`,
      'LEDGER_EVENT_WITHOUT_LEAF',
    ],
    [
      'do not tell of an entry',
      `UPDATE events SET data = replace(data, '"ledgerIndex":4', '"ledgerIndex":3') WHERE data LIKE '%"ledgerIndex":4%'`,
      'LEDGER_LEAF_WITHOUT_EVENT',
    ],
  ])('%s are found out', async (_, sql, code) => {
    expect(await codesOf(changed('events.db', sql))).toContain(code);
  });
});

describe('published files', () => {
  const partial = (kind: string) => `ledger/tile/${kind}/000.p/5`;

  it.each<[string, string, (at: (...names: string[]) => string) => void]>([
    ['without a tile', 'LOG_TILE_MISSING', (at) => rmSync(at(partial('0')))],
    ['without a bundle', 'LOG_ENTRIES_MISSING', (at) => rmSync(at(partial('entries')))],
    [
      'with an edited tile',
      'LOG_ENTRY_MISMATCH',
      (at) => writeFileSync(at(partial('0')), new Uint8Array(160)),
    ],
    ['without a checkpoint', 'LOG_CHECKPOINT_MISSING', (at) => rmSync(at('ledger/checkpoint'))],
    [
      'with the checkpoint of another log',
      'CHECKPOINT_NOT_SIGNED_BY_LOG',
      (at) => {
        const head = { origin: 'lacuna.localhost/ledger', size: 5, root: new Uint8Array(32) };
        writeFileSync(
          at('ledger/checkpoint'),
          signCheckpoint(head, signerFromSeed(new Uint8Array(32).fill(7))),
        );
      },
    ],
    [
      'that are older than the database',
      'LEDGER_NOT_PUBLISHED',
      (at) => {
        rmSync(at('ledger/checkpoint'));
        cpSync(path.join(younger, 'ledger'), at('ledger'), { recursive: true });
      },
    ],
    [
      'without a statement',
      'LEDGER_STATEMENT_MISSING',
      (at) => rmSync(at('ledger/statements/1.sigstore.json')),
    ],
    [
      'with the statement of another entry',
      'LEDGER_STATEMENT_OF_ANOTHER_LEAF',
      (at) => cpSync(at('ledger/statements/2.sigstore.json'), at('ledger/statements/1.sigstore.json')),
    ],
    [
      'with an edited statement',
      'LEDGER_STATEMENT_REFUSED',
      (at) => writeFileSync(at('ledger/statements/1.sigstore.json'), '{}'),
    ],
    [
      'without a certificate',
      'LEDGER_STATEMENT_MISSING',
      (at) => rmSync(at('certificates', `${REQUEST}.sigstore.json`)),
    ],
  ])('%s are found out as %s', async (_, code, change) => {
    expect(await codesOf(withFiles(change))).toContain(code);
  });
});

describe('a ledger', () => {
  it('that went back to an old backup as a whole is contradicted by the events, and can be checked though it does not open', async () => {
    const copy = withFiles((at) => {
      for (const name of ['ledger', 'ledger.db']) {
        rmSync(at(name), { recursive: true });
        cpSync(path.join(younger, name), at(name), { recursive: true });
      }
    });
    await expect(using(copy, async () => undefined)).rejects.toMatchObject({ code: 'LEDGER_BEHIND_HISTORY' });
    expect(await codesOf(copy)).toEqual(['LEDGER_EVENT_WITHOUT_LEAF', 'LEDGER_TRUNCATED']);
  });

  it('whose clock was set back an hour is told from one whose clock was not', async () => {
    const startLine = async (folder: string, now: () => Date) => {
      await using(folder, async (installation) => installation.startLine('second'), { now });
      return codesOf(folder);
    };
    const earlier = () => new Date(fixedClock().getTime() - HOUR);
    expect(await startLine(folders.copyOf(whole), earlier)).toEqual(['LEDGER_CLOCK_ROLLED_BACK']);
    expect(await startLine(folders.copyOf(whole), fixedClock)).toEqual([]);
  });

  it('that holds an entry of nobody knows whom says so', async () => {
    const copy = folders.copyOf(whole);
    await using(copy, async ({ ledger }) => ledger.append(utf8('nobody knows')));
    expect(await codesOf(copy)).toEqual(['LEDGER_LEAF_WITHOUT_EVENT', 'LOG_ENTRY_UNKNOWN']);
  });

  it('is checked from the command line', async () => {
    expect(await inFolder(whole, 'ledger', 'check')).toMatchObject({
      exitCode: 0,
      out: expect.stringContaining('5 entries'),
    });
    const { exitCode, out } = await inFolder(
      changed('ledger.db', 'DELETE FROM leaf WHERE number = 4'),
      ...['ledger', 'check', '--json'],
    );
    const { findings } = JSON.parse(out) as { findings: { code: string }[] };
    expect([exitCode, findings.map(({ code }) => code)]).toEqual([
      1,
      ['LEDGER_TRUNCATED', 'LEDGER_EVENT_WITHOUT_LEAF'],
    ]);
  });
});
