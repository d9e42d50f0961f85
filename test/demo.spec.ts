import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DemoReport } from '../apps/cli/demo/demo-report.js';
import { expectRefusal, lacuna, type Ended } from './support/lacuna-process.js';
import { openSmall, TemporaryFolders } from './support/small-installation.js';

const MINUTE = 60_000;
const CATEGORIES = ['Comedy', 'Drama', 'Horror', 'War'];
const people = Array.from({ length: 40 }, (_, at) => at + 1);
const items = Array.from({ length: 40 }, (_, at) => `film-${at + 1}`);
const ratings = people.flatMap((person) =>
  items
    .filter((_, at) => (at * 7 + person * 3) % 10 < 4)
    .map((item, at) => `${person},${item},${1 + ((person + at) % 5)},${978_300_000 + person * 100 + at}`),
);

const folders = new TemporaryFolders();
let home: string;
let first: Ended;
let report: DemoReport;
const at = (...names: string[]) => path.join(home, ...names);

const runDemo = (...more: string[]) =>
  lacuna(['demo', '--data', at('dataset'), '--data-folder', at('data'), '--out', at('out'), ...more]);
const reportIn = (folder: string) =>
  JSON.parse(readFileSync(path.join(folder, 'report.json'), 'utf8')) as DemoReport;

function writeDataset(folder: string, rows: readonly string[]): void {
  const described = items.map((item, n) => `${item},The ${item},${CATEGORIES[n % CATEGORIES.length]}`);
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'ratings.csv'), `userId,movieId,rating,timestamp\n${rows.join('\n')}\n`);
  writeFileSync(path.join(folder, 'items.csv'), `item,title,categories\n${described.join('\n')}\n`);
}

beforeAll(async () => {
  home = folders.next();
  mkdirSync(home);
  writeDataset(at('dataset'), ratings);
  first = await runDemo('--shards', '3');
  report = reportIn(at('out'));
}, MINUTE);
afterAll(() => folders.remove());

describe('the demo', () => {
  it('tells the whole story of a small dataset and ends well', () => {
    expect(first.err).toBe('');
    expect(first.exitCode).toBe(0);
    expect(first.out).toContain(
      `visitor@example.org: the mail with the code lies in ${at('data', 'outbox')}/`,
    );
    const chapters = [
      'Genesis',
      'Import',
      'Train',
      'Recommend',
      'Withdraw',
      'Erase',
      'Verify',
      'Replay',
      'Done',
    ];
    const told = chapters.map((chapter) => first.out.search(new RegExp(`^${chapter}`, 'm')));
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(told[0]).toBeGreaterThan(0);
    expect(first.out.match(/^ +Verified: request/gm)).toHaveLength(2);
    expect(first.out).toContain(`npm start -- --data-folder ${at('data')}`);
  });

  it('leaves what a third party needs, and nothing else', () => {
    expect(readdirSync(at('out')).sort()).toEqual(
      ['certificates', 'events.db', 'ledger', 'models', 'replay-keys.jsonl', 'report.json', 'trust'].sort(),
    );
    expect(readdirSync(at('out', 'ledger')).sort()).toEqual(['checkpoint', 'statements', 'tile']);
    expect(readdirSync(at('out', 'trust')).sort()).toEqual([
      'certificate-signer.pem',
      'certificate-signers.json',
      'log-keys.json',
      'log.vkey',
      'model-signer.pem',
      'trusted-root.json',
    ]);
    const certificates = readdirSync(at('out', 'certificates')).map((file) => `certificates/${file}`);
    const expected = report.requests.flatMap(({ certificate }) => [
      certificate,
      certificate.replace('.sigstore.json', '.proofs.json'),
    ]);
    expect(certificates.sort()).toEqual(expected.sort());
  });

  it('lets everybody read what is public, and its owner alone the keys', () => {
    const mode = (...names: string[]) => statSync(at('out', ...names)).mode & 0o777;
    const [certificate] = readdirSync(at('out', 'certificates'));
    expect([mode('ledger', 'checkpoint'), mode('certificates', certificate)]).toEqual([0o644, 0o644]);
    expect([mode('ledger'), mode('ledger', 'tile'), mode('certificates')]).toEqual([0o755, 0o755, 0o755]);
    expect(mode('replay-keys.jsonl')).toBe(0o600);
  });

  it('reports counts, digests before and after, affected shards, times and verdicts', () => {
    expect(report).toMatchObject({
      schema: 'urn:lacuna:demo-report:v1',
      dataset: 'dataset',
      shards: 3,
      counts: { interactions: ratings.length, people: people.length, items: items.length, ledgerEntries: 8 },
      verified: [{ exitCode: 0 }, { exitCode: 0 }],
      replay: { exitCode: 0 },
    });
    const [withdrawal, erasure] = report.requests;
    expect([withdrawal.kind, erasure.kind]).toEqual(['withdrawal', 'erasure']);
    expect(withdrawal.before).toEqual(report.firstVersion);
    expect(erasure.before).toEqual(withdrawal.after);
    expect(withdrawal.keptRecords).toBeGreaterThan(0);
    expect(erasure.keptRecords).toBe(0);
    for (const { affectedShards, before, after, deletedRecords, seconds } of report.requests) {
      expect(affectedShards).toHaveLength(1);
      const [affected] = affectedShards;
      const removed = before.shards[affected].records - after.shards[affected].records;
      expect(removed).toBe(deletedRecords);
      const others = ({ shards }: typeof before) => shards.filter(({ shard }) => shard !== affected);
      expect(others(after)).toEqual(others(before));
      expect(seconds).toBeGreaterThan(0);
    }
    for (const stage of ['import', 'project', 'train', 'withdraw', 'erase', 'export', 'verify', 'replay'])
      expect(report.secondsByStage[stage]).toBeGreaterThan(0);
  });

  it('says nothing of the person who was erased in what it hands over', () => {
    const [, erasedPerson] = /^ +Person (\d+) asks to be erased/m.exec(first.out)!;
    expect(JSON.stringify(report)).not.toContain(`"${erasedPerson}"`);
    for (const file of readdirSync(at('out', 'certificates')))
      expect(readFileSync(at('out', 'certificates', file), 'utf8')).not.toContain('film-');
  });

  it(
    'replaces its own folders when it runs again, also with less data',
    async () => {
      rmSync(at('dataset'), { recursive: true });
      writeDataset(
        at('dataset'),
        ratings.filter((row) => /^[12],/.test(row)),
      );
      const { exitCode } = await runDemo('--shards', '2');
      expect(exitCode).toBe(0);
      const again = reportIn(at('out'));
      expect(again).toMatchObject({ shards: 2, counts: { people: 2 } });
      expect(again.genesisDigest).not.toBe(report.genesisDigest);
      expect(readdirSync(at('out', 'certificates'))).toHaveLength(4); // each with its proofs
    },
    MINUTE,
  );
});

describe('the demo refuses', () => {
  let foreign: string;
  beforeAll(() => {
    foreign = at('foreign');
    mkdirSync(foreign);
    writeFileSync(path.join(foreign, 'thesis.txt'), 'years of work');
  });

  it(
    'to empty a folder that is not its own, be it the one for the output or the working one',
    async () => {
      cpSync(at('data'), at('data-2'), { recursive: true });
      const argv = ['demo', '--data', at('dataset')];
      expectRefusal(
        await lacuna([...argv, '--data-folder', at('data-2'), '--out', foreign]),
        'DEMO_FOLDER_NOT_OURS',
      );
      expectRefusal(
        await lacuna([...argv, '--data-folder', foreign, '--out', at('out')]),
        'DEMO_FOLDER_NOT_OURS',
      );
      expect(readdirSync(foreign)).toEqual(['thesis.txt']);
      expect(readdirSync(at('data-2'))).toEqual(readdirSync(at('data')));
      expect(readdirSync(at('out'))).toContain('report.json');
    },
    MINUTE,
  );

  it(
    'to empty a working folder that another process works in',
    async () => {
      const holder = await openSmall(at('data'), { line: undefined }); // as many as it was made with
      try {
        expectRefusal(await runDemo(), 'DATA_FOLDER_IN_USE');
      } finally {
        await holder.close();
      }
    },
    MINUTE,
  );

  it.each<[string, readonly string[] | undefined]>([
    ['of one person, who cannot be two', ratings.filter((row) => row.startsWith('1,'))],
    ['that is not there', undefined],
  ])(
    'a dataset %s',
    async (_, rows) => {
      const dataset = folders.next();
      if (rows !== undefined) writeDataset(dataset, rows);
      const own = ['--data-folder', folders.next(), '--out', folders.next()];
      expectRefusal(
        await lacuna(['demo', '--data', dataset, ...own, '--shards', '1']),
        'DEMO_DATA_UNSUITABLE',
      );
    },
    MINUTE,
  );
});
