import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Command } from 'commander';
import type { EvaluationReport } from '#libs/evaluation';
import { strategyConfig } from '#libs/learning';
import { syntheticDataset } from '#stages/ingest';
import { registerEvaluate } from './evaluate.js';

let home: string;
let output: string;
let progress: string;
const folder = (name: string, files: Readonly<Record<string, string>>): string => {
  const made = path.join(home, name);
  mkdirSync(made, { recursive: true });
  for (const [file, content] of Object.entries(files)) writeFileSync(path.join(made, file), content);
  return made;
};

/** Invented people; the last of each person's records is the last line. */
function writeSynthetic(): string {
  const dataset = syntheticDataset({ users: 60, items: 80, interactions: 1500, seed: 'spec' });
  const rows = [...dataset.rows()].map((row) => [row.subject, row.item, row.value, row.time].join(','));
  const items = dataset.items.map(
    ({ item, title, categories }) => `${item},${title},${categories.join('|')}`,
  );
  return folder('synthetic', {
    'ratings.csv': `user,item,rating,timestamp\n${rows.join('\n')}\nloner,${dataset.items[0].item},5,978300760\n`,
    'items.csv': `item,title,genres\n${items.join('\n')}\n`,
  });
}

const run = (...args: readonly string[]): Promise<Command> => {
  const program = new Command('lacuna').option('--threads <n>', '', Number).exitOverride();
  program.configureOutput({ writeErr: () => undefined });
  registerEvaluate(program);
  for (const command of program.commands)
    command.exitOverride().configureOutput({ writeErr: () => undefined });
  return program.parseAsync(['--threads', '1', 'evaluate', ...args], { from: 'user' });
};

beforeAll(() => void (home = mkdtempSync(path.join(tmpdir(), 'lacuna-evaluate-'))));
afterAll(() => rmSync(home, { recursive: true }));
beforeEach(() => {
  output = '';
  progress = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => Boolean((output += String(text))));
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => Boolean((progress += String(text))));
});
afterEach(() => {
  jest.restoreAllMocks();
});

describe('lacuna evaluate', () => {
  it('measures clustered shards mixed by attention', async () => {
    const data = writeSynthetic();
    await run('--data', data, '--strategies', 'receraser', '--shards', '2', '--k', '5', '--json');
    const { lines } = JSON.parse(output) as EvaluationReport;
    expect(lines.map(({ name, shards }) => [name, shards])).toEqual([['receraser S=2', 2]]);
  });

  it('measures strategies on a folder, and says the same again', async () => {
    const data = writeSynthetic();
    const out = path.join(home, 'out');
    await run('--data', data, '--shards', '1,3', '--k', '5', '--out', out, '--json');
    const report = JSON.parse(output) as EvaluationReport;
    expect(JSON.parse(readFileSync(path.join(out, 'report.json'), 'utf8'))).toEqual(report);
    const plot = readFileSync(path.join(out, 'utility-by-shards.svg'), 'utf8');
    expect(plot.match(/<circle|class="bar"/g)).toHaveLength(1 + 1 + 3); // a mark in the legend, one in the plot; three intervals
    expect(readFileSync(path.join(out, 'utility-by-cost.svg'), 'utf8')).toContain(
      'seconds to rebuild one shard',
    );
    expect(report.dataset).toEqual({ name: 'synthetic', people: 61, items: 80, records: 1501 });
    expect(report.split).toMatchObject({
      kind: 'leave-last-one-out',
      trainRecords: 1441,
      people: 60,
      leftOut: 1,
    });
    expect(report.notices).toEqual([expect.stringContaining('1 person')]);
    expect(report.lines.map(({ name }) => name)).toEqual(['retrain S=1', 'sisa S=1', 'sisa S=3']);
    expect(report.lines.map(({ shards, bestShard }) => [shards, bestShard === undefined])).toEqual([
      [1, true],
      [1, true],
      [3, false],
    ]);
    expect(report.differences.map(({ of, against }) => [of, against])).toEqual([
      ['sisa S=1', 'retrain S=1'],
      ['sisa S=3', 'retrain S=1'],
      ['sisa S=3', 'sisa S=1'],
    ]);
    for (const { shards, completeness } of report.lines) {
      expect(completeness.map(({ scenario }) => scenario)).toEqual(['records', 'persons']);
      for (const one of completeness) {
        expect(one.records).toBeGreaterThan(10);
        expect(one.shards).toBeLessThanOrEqual(shards);
        expect(one.differences).toEqual([]);
        expect(one.activationDistance.unlearned).toBe(0);
        expect(one.activationDistance.before).toBeGreaterThan(0);
        expect(one.divergence.unlearned).toBe(0);
        expect(one.divergence.before).toBeGreaterThan(0);
        expect(one.membershipAuc.unlearned).toBe(one.membershipAuc.retrained);
        expect(one.membershipAuc.before).not.toBe(one.membershipAuc.retrained);
      }
    }
    output = '';
    await run('--data', data, '--shards', '1,3', '--k', '5', '--unlearn', 'none', '--json');
    const again = JSON.parse(output) as EvaluationReport;
    expect(again.lines.map(({ overall, warm, cold }) => [overall, warm, cold])).toEqual(
      report.lines.map(({ overall, warm, cold }) => [overall, warm, cold]),
    );
  });

  it('prints a table, and its progress elsewhere', async () => {
    await run(
      '--data',
      writeSynthetic(),
      '--strategies',
      'sisa',
      '--shards',
      '2',
      '--k',
      '5,10',
      '--users',
      '20',
    );
    expect(output).toContain('20 items of 20 people to be found');
    expect(output).toMatch(/overall +ndcg@5 +ndcg@10 +hr@5 +hr@10/);
    expect(output).toMatch(/sisa S=2 +0\.\d{4} ±0\.\d{4}/);
    expect(output).toMatch(/sisa S=2 +persons +\d+ +[12] +the same bytes +0 +0/);
    expect(output).not.toContain('DIFFER');
    expect(output).toContain('Not tested');
    expect(progress).toContain('sisa S=2: training');
    expect(output).not.toContain('training …');
  });

  it('compares aggregators of one run person by person, with the baseline that was named', async () => {
    const data = writeSynthetic();
    const lines = ['--strategies', 'retrain,sisa', '--shards', '2', '--aggregator', 'attention,mean'];
    const asked = [...lines, '--against', 'sisa S=2 mean', '--k', '5', '--unlearn', 'none'];
    await run('--data', data, ...asked, '--json');
    const report = JSON.parse(output) as EvaluationReport;
    const names = ['sisa S=2 mean', 'retrain S=1 attention', 'retrain S=1 mean', 'sisa S=2 attention'];
    expect(report.lines.map(({ name }) => name)).toEqual(names);
    const [mean, , , attention] = report.lines;
    const { overall } = report.differences.find(
      ({ of, against }) => of === attention.name && against === mean.name,
    )!;
    const meanOf = (line: typeof mean) => line.overall['ndcg@5']!.mean;
    expect(overall['ndcg@5']!.mean).toBeCloseTo(meanOf(attention) - meanOf(mean), 12);
    output = '';
    await run('--data', data, ...asked);
    const interval = String.raw` +[+−]0\.\d{4} \[[+−]0\.\d{4}, [+−]0\.\d{4}\]`;
    expect(output).toMatch(
      new RegExp(String.raw`against sisa S=2 mean +ndcg@5.*\n.*\nretrain S=1 attention${interval}`),
    );
    expect(output).toMatch(
      new RegExp(String.raw`against its best single shard +ndcg@5.*\n.*\nsisa S=2 mean${interval}`),
    );
  });

  it('measures configurations of files beside the strategies', async () => {
    const data = writeSynthetic();
    const config = strategyConfig('sisa', { shards: 2, slices: 2 });
    const file = path.join(folder('tuned', { 'config.json': JSON.stringify(config) }), 'config.json');
    const name = `${file.replace('.json', '')} S=2`;
    const asked = ['--data', data, '--strategies', 'sisa', '--shards', '2', '--configs', file, '--k', '5'];
    await run(...asked, '--against', name, '--unlearn', 'persons', '--json');
    const { lines, differences } = JSON.parse(output) as EvaluationReport;
    expect(lines.map((line) => [line.name, line.config.slices])).toEqual([
      [name, 2],
      ['sisa S=2', undefined],
    ]);
    expect(lines.map(({ completeness: [{ differences }] }) => differences)).toEqual([[], []]);
    expect(differences).toMatchObject([{ of: 'sisa S=2', against: name }]);
  });

  it('reads train.txt and test.txt', async () => {
    const data = folder('parts', { 'train.txt': '0 1 2 3\n1 2 3\n', 'test.txt': '0 4\n1 1 4\n' });
    await run('--data', data, '--split', 'given', '--strategies', 'retrain', '--k', '2', '--json');
    const report = JSON.parse(output) as EvaluationReport;
    expect(report.split).toEqual({ kind: 'given', trainRecords: 5, people: 2, items: 3, leftOut: 0 });
  });

  it('reads a column split', async () => {
    const ratings =
      'user,item,rating,timestamp,split\na,1,1,,train\na,2,1,,valid\na,3,1,,test\nb,2,1,,train\n';
    const data = folder('column', { 'ratings.csv': ratings });
    await run('--data', data, '--split', 'given', '--strategies', 'retrain', '--k', '2', '--json');
    const report = JSON.parse(output) as EvaluationReport;
    expect(report.split).toEqual({ kind: 'given', trainRecords: 3, people: 1, items: 1, leftOut: 1 });
  });
});

describe('before anything is trained, lacuna evaluate refuses', () => {
  const untimed = 'user,item,rating,timestamp\na,1,1,\na,2,1,\n';
  const timed = 'user,item,rating,timestamp\na,1,1,978300760\na,2,1,978300761\n';
  const alone = 'user,item,rating,timestamp\na,1,1,978300760\nb,2,1,978300761\n';
  it.each([
    ['an unknown strategy', timed, ['--strategies', 'magic'], 'STRATEGY_UNKNOWN'],
    ['an unknown split', timed, ['--split', 'halves'], 'SPLIT_UNKNOWN'],
    ['more shards than people', timed, ['--strategies', 'sisa', '--shards', '2'], 'SHARDS_MORE_THAN_PEOPLE'],
    [
      'more shards than there may be',
      timed,
      ['--strategies', 'sisa', '--shards', '5000'],
      'CONFIG_SHARDS_OUT_OF_RANGE',
    ],
    ['a baseline that is not measured', timed, ['--against', 'meta'], 'BASELINE_UNKNOWN'],
    ['a list that is too long', timed, ['--k', '10,5000'], 'CUTOFF_OUT_OF_RANGE'],
    ['the last record of data without times', untimed, [], 'SPLIT_ORDER_UNKNOWN'],
    ['parts that the data does not have', timed, ['--split', 'given'], 'SPLIT_NOT_GIVEN'],
    [
      'a part that is neither train nor test',
      'user,item,rating,timestamp,split\na,1,1,,best\n',
      [],
      'SPLIT_PART_UNKNOWN',
    ],
    ['people with one record each', alone, [], 'NOBODY_TO_TEST'],
    ['a catalogue without items', 'user,item,rating,timestamp\n', [], 'CATALOGUE_EMPTY'],
    ['a value that is not a number', 'user,item,rating,timestamp\na,1,NaN,\n', [], 'VALUE_MALFORMED'],
    ['a value without bounds', 'user,item,rating,timestamp\na,1,1e999,\n', [], 'VALUE_OUT_OF_RANGE'],
  ])('%s', async (name, ratings, args, code) => {
    const data = folder(name, { 'ratings.csv': ratings });
    await expect(run('--data', data, ...args)).rejects.toMatchObject({ code });
    expect(progress).not.toContain('training');
  });

  it.each([
    ['a configuration that is no JSON', '{', 'LINE_CONFIG_UNREADABLE'],
    ['a configuration that no line may have', '{}', 'CONFIG_PURPOSE_INVALID'],
    [
      'features of people that are not read',
      JSON.stringify(strategyConfig('eemu', { profilePurpose: 'personalisation' })),
      'PROFILES_MISSING',
    ],
  ])('%s', async (name, config, code) => {
    const data = folder(name, { 'ratings.csv': timed, 'config.json': config });
    const asked = run('--data', data, '--configs', path.join(data, 'config.json'));
    await expect(asked).rejects.toMatchObject({ code });
    expect(progress).not.toContain('training');
  });

  it('a folder without data', async () => {
    await expect(run('--data', folder('empty', {}))).rejects.toMatchObject({ code: 'DATA_FILE_MISSING' });
  });

  it.each([
    ['no folder', [], 'commander.missingMandatoryOptionValue'],
    ['an unknown option', ['--data', '.', '--shard', '8'], 'commander.unknownOption'],
    ['a base model that is none', ['--data', '.', '--base', 'svd'], 'commander.invalidArgument'],
    ['shards that are no numbers', ['--data', '.', '--shards', '8,x'], 'commander.invalidArgument'],
    ['an aggregator that is none', ['--data', '.', '--aggregator', 'mean,vote'], 'commander.invalidArgument'],
    ['an empty name', ['--data', '.', '--strategies', 'sisa,'], 'commander.invalidArgument'],
  ])('%s', async (_, args, code) => {
    await expect(run(...args)).rejects.toMatchObject({ code });
  });
});
