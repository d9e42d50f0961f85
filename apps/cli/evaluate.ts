import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { Option, type Command } from 'commander';
import { plotsOf, SPLITS, type EvaluationReport } from '#libs/evaluation';
import type { Scenario } from '../evaluation/index.js';
import { printEvaluation } from './evaluation-table.js';
import {
  candidateChoiceOf,
  texts,
  wholeNumber,
  wholeNumbers,
  withCandidateOptions,
  type CandidateFlags,
} from './line-options.js';
import { toStdout } from './output.js';
import type { GlobalFlags } from './session.js';

const SCENARIOS = Object.keys({ records: true, persons: true } satisfies Record<
  Scenario,
  true
>) as Scenario[];

interface Flags extends CandidateFlags {
  readonly data: string;
  readonly split: string;
  readonly k: readonly number[];
  readonly against?: string;
  readonly users?: number;
  readonly profiles?: readonly string[];
  readonly unlearn: 'none' | Scenario | 'all';
  readonly seed: string;
  readonly out?: string;
  readonly json?: boolean;
}

/** Adds `evaluate`. */
export function registerEvaluate(program: Command): void {
  const command = program
    .command('evaluate')
    .description('measure strategies on your own data: utility, fairness, completeness, cost')
    .requiredOption('--data <folder>', 'ratings.csv[.gz] with items.csv, or train.txt and test.txt')
    .option('--split <name>', `what is to be found: ${SPLITS.join(', ')}`, 'leave-last-one-out');
  withCandidateOptions(command, ['retrain', 'sisa'])
    .addOption(
      new Option('--k <numbers>', 'lengths of the lists, separated by commas')
        .argParser(wholeNumbers)
        .default([10, 20, 50], '10,20,50'),
    )
    .option(
      '--against <line>',
      'what the other lines are compared with, person by person: a line, a strategy or an aggregator (default: the first line)',
    )
    .option('--users <n>', 'test so many people only, chosen by hash; all are trained on', wholeNumber)
    .option(
      '--profiles <columns>',
      'measure lines of two towers with these features of people, too: columns of users.csv, separated by commas',
      texts,
    )
    .addOption(
      new Option('--unlearn <what>', 'show that this is forgotten; each of them trains a line twice again')
        .choices(['none', ...SCENARIOS, 'all'])
        .default('all'),
    )
    .option('--seed <text>', 'its SHA-256 is the seed of the models', 'evaluation')
    .option('--out <folder>', 'gets report.json and the plots')
    .option('--json', 'print the report as JSON')
    .action(async (flags: Flags, command: Command) => {
      const { threads = availableParallelism() } = command.optsWithGlobals<GlobalFlags>();
      const unlearn = SCENARIOS.filter((scenario) => ['all', scenario].includes(flags.unlearn));
      const { evaluate } = await import('../evaluation/index.js');
      const report = await evaluate({
        ...flags,
        ...(await candidateChoiceOf(flags)),
        cutoffs: flags.k,
        unlearn,
        threads,
        onProgress: sayProgress,
      });
      if (flags.out !== undefined) writeReport(flags.out, report);
      if (flags.json) toStdout(JSON.stringify(report, undefined, 2));
      else printEvaluation(report, toStdout);
    });
}

/** On standard error, which nobody parses. */
export function sayProgress(what: string): void {
  process.stderr.write(`${what} …\n`);
}

function writeReport(folder: string, report: EvaluationReport): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'report.json'), `${JSON.stringify(report, undefined, 2)}\n`);
  for (const [name, svg] of plotsOf(report)) writeFileSync(path.join(folder, name), svg);
}
