import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Command } from 'commander';
import { STREAM_NAMES, type UnlearningReport } from '#libs/evaluation';
import { syntheticDataset } from '#stages/ingest';
import { registerBench } from './bench.js';

let home: string;
let output: string;

/** Invented people with categories, or without. */
function writeSynthetic(name: string, withCategories: boolean): string {
  const folder = path.join(home, name);
  mkdirSync(folder);
  const dataset = syntheticDataset({ users: 40, items: 50, interactions: 700, seed: 'spec' });
  const rows = [...dataset.rows()].map((row) => [row.subject, row.item, row.value, row.time].join(','));
  const items = dataset.items.map(
    ({ item, title, categories }) => `${item},${title},${withCategories ? categories.join('|') : ''}`,
  );
  writeFileSync(path.join(folder, 'ratings.csv'), `user,item,rating,timestamp\n${rows.join('\n')}\n`);
  writeFileSync(path.join(folder, 'items.csv'), `item,title,genres\n${items.join('\n')}\n`);
  return folder;
}

const run = (...args: readonly string[]): Promise<Command> => {
  const program = new Command('lacuna').option('--threads <n>', '', Number).exitOverride();
  registerBench(program);
  for (const group of program.commands)
    for (const command of group.commands)
      command.exitOverride().configureOutput({ writeErr: () => undefined });
  return program.parseAsync(['--threads', '1', 'bench', 'unlearning', ...args], { from: 'user' });
};

let data: string;
beforeAll(() => {
  home = mkdtempSync(path.join(tmpdir(), 'lacuna-bench-'));
  data = writeSynthetic('with-categories', true);
});
afterAll(() => rmSync(home, { recursive: true }));
beforeEach(() => {
  output = '';
  process.exitCode = undefined; // a Jest worker may hand a code on from the file before
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => Boolean((output += String(text))));
  jest.spyOn(process.stderr, 'write').mockImplementation(() => true);
});
afterEach(() => {
  jest.restoreAllMocks();
  process.exitCode = undefined;
});

describe('lacuna bench unlearning', () => {
  it('shows that nothing is left of any stream, after each quarter of it', async () => {
    const out = path.join(home, 'out');
    await run(
      ...['--data', data, '--shards', '3', '--requests', '8', '--streams', STREAM_NAMES.join()],
      ...['--json', '--out', out],
    );
    const { runs, dataset } = JSON.parse(output) as UnlearningReport;
    expect(JSON.parse(readFileSync(path.join(out, 'unlearning.json'), 'utf8'))).toEqual({
      ...(JSON.parse(output) as object),
    });
    expect(dataset.people).toBe(40);
    expect(runs.map(({ stream }) => stream)).toEqual(STREAM_NAMES);
    for (const { checkpoints, requests, records, shards } of runs) {
      expect(checkpoints.map((checkpoint) => checkpoint.requests)).toEqual(
        [1, 2, 3, 4].map((quarter) => Math.ceil((quarter * requests) / 4)),
      );
      expect(checkpoints.flatMap(({ differences }) => differences)).toEqual([]);
      expect([records >= requests, shards]).toEqual([true, 1]);
    }
    const tested = runs.find(({ stream }) => stream === 'people')!.checkpoints.map((one) => one.tested);
    expect(tested).toEqual(tested.toSorted((a, b) => b - a));
    expect(process.exitCode).toBeUndefined();
  });

  it('says in a table what a request costs and what is left of the quality', async () => {
    await run('--data', data, '--shards', '2', '--requests', '4', '--users', '20', '--from', 'core');
    expect(output).toMatch(/^with-categories: 20 people/);
    expect(output).toMatch(/^sisa S=2 +records, core +4 +4 +1\.0 +[\d.]+ ms/m);
    expect(output).toMatch(/^sisa S=2 +records +4 +0 bytes +0\.\d{4}/m);
  });

  it.each([
    ['a strategy that does not exist', ['--strategies', 'none'], 'STRATEGY_UNKNOWN'],
    ['a stream that does not exist', ['--streams', 'none'], 'commander.invalidArgument'],
    ['more shards than people', ['--shards', '41'], 'SHARDS_MORE_THAN_PEOPLE'],
  ])('refuses %s', async (_, argv, code) => {
    await expect(run('--data', data, ...argv)).rejects.toMatchObject({ code });
  });

  it('refuses to withdraw a category where nothing has one', async () => {
    const bare = writeSynthetic('without-categories', false);
    await expect(run('--data', bare, '--streams', 'records,category')).rejects.toMatchObject({
      code: 'STREAM_EMPTY',
    });
    expect(process.stderr.write).not.toHaveBeenCalledWith(expect.stringContaining('training'));
  });
});
