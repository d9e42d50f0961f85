import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Command } from 'commander';
import { strategyConfig, validateModelConfig } from '#libs/learning';
import type { TuningReport } from '../evaluation/index.js';
import { printTuning, registerTune } from './tune.js';

let home: string;
let output: string;

/** Forty people of two tastes; `last` is what each of them met last, the record that the test would ask for. */
function writePeople(name: string, last: (person: number) => string): string {
  const rows = Array.from({ length: 40 }, (_, person) => {
    const taste = person % 2 === 0 ? ['a', 'b', 'c', 'd', 'e'] : ['f', 'g', 'h', 'i', 'j'];
    const met = taste.filter((_item, at) => at !== person % 5);
    return [...met, last(person)].map((item, at) => `p${person},${item},1,${978300760 + at}`);
  });
  const folder = path.join(home, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'ratings.csv'), `user,item,rating,timestamp\n${rows.flat().join('\n')}\n`);
  writeFileSync(path.join(folder, 'items.csv'), `item\n${[...'abcdefghijklm'].join('\n')}\n`);
  return folder;
}

const run = (...args: readonly string[]): Promise<Command> => {
  const program = new Command('lacuna').option('--threads <n>', '', Number);
  registerTune(program);
  return program.parseAsync(['--threads', '1', 'tune', ...args], { from: 'user' });
};
const tuned = async (...args: readonly string[]): Promise<TuningReport> => {
  output = '';
  await run(...args, '--json');
  return JSON.parse(output) as TuningReport;
};

beforeAll(() => void (home = mkdtempSync(path.join(tmpdir(), 'lacuna-tune-'))));
afterAll(() => rmSync(home, { recursive: true }));
beforeEach(() => {
  output = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => Boolean((output += String(text))));
  jest.spyOn(process.stderr, 'write').mockImplementation(() => true);
});
afterEach(() => {
  jest.restoreAllMocks();
});

describe('lacuna tune', () => {
  it('tries a grid, chooses the best, and writes a configuration that a line can be started with', async () => {
    const data = writePeople('people', () => 'k');
    const out = path.join(home, 'out');
    const report = await tuned(
      '--data',
      data,
      '--strategy',
      'sisa',
      '--shards',
      '2',
      '--k',
      '3',
      '--out',
      out,
    );
    expect(report).toMatchObject({ strategy: 'sisa', metric: 'ndcg@3', people: 40 });
    expect(report.tried).toHaveLength(9);
    const best = Math.max(...report.tried.map(({ mean }) => mean));
    expect(report.tried.find(({ mean }) => mean === best)!.values).toEqual(report.chosen);
    const config: unknown = JSON.parse(readFileSync(path.join(out, 'config.json'), 'utf8'));
    expect(validateModelConfig(config)).toEqual(report.config);
    expect(report.config.subModel).toMatchObject(report.chosen);
    expect(report.config.partition.shards).toBe(2);
  });

  it('never looks at the test part: whatever people met last, it finds the same', async () => {
    const args = ['--strategy', 'statistics', '--k', '3', '--data'];
    const one = await tuned(
      ...args,
      writePeople('one', () => 'k'),
    );
    const other = await tuned(
      ...args,
      writePeople('other', (person) => (person % 3 === 0 ? 'l' : 'm')),
    );
    expect(other).toEqual({ ...one, dataset: 'other' });
  });

  it('prints what it tried and what it chose', async () => {
    await run(
      '--data',
      writePeople('people', () => 'k'),
      '--strategy',
      'statistics',
      '--k',
      '3',
    );
    expect(output).toMatch(/regularization +ndcg@3/);
    expect(output.match(/chosen/g)).toHaveLength(1);
    expect(output).toContain('"kind":"gram"');
  });

  it.each([
    [1, undefined],
    [2, 'The grid ends at the chosen regularization: what lies beyond may be better still.'],
  ])('says when the best of what it tried is the outermost: %s', (chosen, notice) => {
    const tried = [1, 0.5, 2].map((regularization) => ({ values: { regularization }, mean: 0 }));
    const config = strategyConfig('statistics');
    const head = { dataset: 'd', strategy: 'statistics', split: 's', metric: 'ndcg@10', people: 1 } as const;
    const lines: string[] = [];
    printTuning(
      { ...head, tried, chosen: { regularization: chosen }, config, configDigest: '' },
      (line = '') => lines.push(line),
    );
    expect(lines.find((line) => line.startsWith('The grid ends'))).toBe(notice);
  });

  it.each([
    ['an unknown strategy', ['--strategy', 'magic'], 'STRATEGY_UNKNOWN'],
    ['an unknown split', ['--strategy', 'sisa', '--split', 'halves'], 'SPLIT_UNKNOWN'],
    ['more shards than people', ['--strategy', 'sisa', '--shards', '41'], 'SHARDS_MORE_THAN_PEOPLE'],
  ])('refuses %s', async (_, args, code) => {
    await expect(
      run(
        '--data',
        writePeople('people', () => 'k'),
        ...args,
      ),
    ).rejects.toMatchObject({ code });
  });
});
