import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { Option, type Command } from 'commander';
import { SPLITS } from '#libs/evaluation';
import { STRATEGIES, type StrategyChoice } from '#libs/learning';
import type { TuningReport } from '../evaluation/index.js';
import { sayProgress } from './evaluate.js';
import { BASES, wholeNumber } from './line-options.js';
import { integer, table, toStdout, type Print } from './output.js';
import type { GlobalFlags } from './session.js';

interface Flags extends Pick<StrategyChoice, 'base'> {
  readonly data: string;
  readonly split: string;
  readonly strategy: string;
  readonly shards: number;
  readonly k: number;
  readonly seed: string;
  readonly out?: string;
  readonly json?: boolean;
}

/** Adds `tune`. */
export function registerTune(program: Command): void {
  program
    .command('tune')
    .description('choose hyper-parameters on held-out training records; the test part is not looked at')
    .requiredOption('--data <folder>', 'ratings.csv[.gz] with items.csv, or train.txt and test.txt')
    .requiredOption('--strategy <name>', STRATEGIES.join(', '))
    .option('--split <name>', `whose test part is set aside: ${SPLITS.join(', ')}`, 'leave-last-one-out')
    .option('--shards <n>', 'shards of the line', wholeNumber, 8)
    .option('--k <n>', 'configurations are compared by NDCG at this length', wholeNumber, 10)
    .addOption(new Option('--base <model>', 'base model, where the strategy leaves it open').choices(BASES))
    .option('--seed <text>', 'its SHA-256 is the seed of the models', 'evaluation')
    .option('--out <folder>', 'gets config.json, for `lacuna lines start --config`, and tuning.json')
    .option('--json', 'print what was tried as JSON')
    .action(async (flags: Flags, command: Command) => {
      const { threads = availableParallelism() } = command.optsWithGlobals<GlobalFlags>();
      const { tune } = await import('../evaluation/index.js');
      const report = await tune({ ...flags, cutoff: flags.k, threads, onProgress: sayProgress });
      if (flags.out !== undefined) writeTuning(flags.out, report);
      if (flags.json) toStdout(JSON.stringify(report, undefined, 2));
      else printTuning(report, toStdout);
    });
}

/** What was tried, what was chosen, and whether the grid ended there. */
export function printTuning(
  { tried, chosen, metric, people, config }: Omit<TuningReport, 'schema'>,
  print: Print,
): void {
  const names = Object.keys(chosen);
  const rows = tried.map(({ values, mean }) => [
    ...names.map((name) => values[name]),
    mean.toFixed(4),
    values === chosen ? 'chosen' : '',
  ]);
  for (const line of table([...names, metric, ''], rows)) print(line);
  const outermost = names.filter((name) =>
    isOutermost(
      chosen[name],
      tried.map(({ values }) => values[name]),
    ),
  );
  if (outermost.length > 0)
    print(`The grid ends at the chosen ${outermost.join(' and ')}: what lies beyond may be better still.`);
  print(`Held out: training records of ${integer(people)} people, each shard by itself.`);
  print(JSON.stringify(config));
}

const isOutermost = (value: number, tried: readonly number[]): boolean =>
  [Math.min(...tried), Math.max(...tried)].includes(value);

function writeTuning(folder: string, report: TuningReport): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of [
    ['config.json', report.config],
    ['tuning.json', report],
  ] as const)
    writeFileSync(path.join(folder, name), `${JSON.stringify(content, undefined, 2)}\n`);
}
