import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { Option, type Command } from 'commander';
import {
  STREAM_NAMES,
  SUBSET_NAMES,
  type StreamName,
  type SubsetName,
  type UnlearningReport,
} from '#libs/evaluation';
import {
  candidateChoiceOf,
  listOf,
  wholeNumber,
  withCandidateOptions,
  type CandidateFlags,
} from './line-options.js';
import { table, toStdout, type Print } from './output.js';
import type { GlobalFlags } from './session.js';

const NOT_FORGOTTEN = 1;
const REQUESTS = 1000;

interface Flags extends CandidateFlags {
  readonly data: string;
  readonly streams: readonly StreamName[];
  readonly from: SubsetName;
  readonly requests: number;
  readonly users?: number;
  readonly seed: string;
  readonly out?: string;
  readonly json?: boolean;
}

/** Adds `bench unlearning`. */
export function registerBench(program: Command): void {
  const command = program
    .command('bench')
    .description('benchmarks on your own data')
    .command('unlearning')
    .description(
      'streams of small requests, one after the other: exactness, utility, latency; exit code 1 when a byte differs',
    )
    .requiredOption('--data <folder>', 'ratings.csv[.gz] with items.csv');
  withCandidateOptions(command, ['sisa'])
    .addOption(
      new Option('--streams <names>', `what is asked for, separated by commas: ${STREAM_NAMES.join(', ')}`)
        .argParser(listOf(STREAM_NAMES))
        .default(['records'], 'records'),
    )
    .addOption(
      new Option('--from <people>', 'who asks: the most active fifth, the least active, or a random one')
        .choices(SUBSET_NAMES)
        .default('random'),
    )
    .option('--requests <n>', 'requests of a stream', wholeNumber, REQUESTS)
    .option('--users <n>', 'so many people only, chosen by hash', wholeNumber)
    .option('--seed <text>', 'its SHA-256 is the seed of the models', 'evaluation')
    .option('--out <folder>', 'gets unlearning.json')
    .option('--json', 'print the report as JSON')
    .action(async (flags: Flags, command: Command) => {
      const { threads = availableParallelism() } = command.optsWithGlobals<GlobalFlags>();
      const onProgress = (what: string): boolean => process.stderr.write(`${what} …\n`);
      const { benchUnlearning } = await import('../evaluation/index.js');
      const report = await benchUnlearning({
        ...flags,
        ...(await candidateChoiceOf(flags)),
        threads,
        onProgress,
      });
      if (flags.out !== undefined) writeReport(flags.out, report);
      if (flags.json) toStdout(JSON.stringify(report, undefined, 2));
      else printUnlearning(report, toStdout);
      if (report.runs.some((run) => run.checkpoints.some(({ differences }) => differences.length > 0)))
        process.exitCode = NOT_FORGOTTEN;
    });
}

function writeReport(folder: string, report: UnlearningReport): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'unlearning.json'), `${JSON.stringify(report, undefined, 2)}\n`);
}

function printUnlearning({ dataset, runs }: UnlearningReport, print: Print): void {
  print(`${dataset.name}: ${dataset.people} people, ${dataset.items} items, ${dataset.records} records`);
  const milliseconds = (value: number): string => `${(value * 1000).toFixed(value < 0.1 ? 1 : 0)} ms`;
  const costs = runs.map(({ line, stream, from, requests, records, shards, latency, shareOfRetraining }) => [
    line,
    `${stream}, ${from}`,
    requests,
    records,
    shards.toFixed(1),
    milliseconds(latency.p50),
    milliseconds(latency.p90),
    milliseconds(latency.p99),
    `${(shareOfRetraining * 100).toFixed(1)} %`,
  ]);
  const header = ['line', 'stream', 'requests', 'records', 'shards', 'p50', 'p90', 'p99', 'of retraining'];
  for (const row of table(header, costs)) print(row);
  print();
  const points = runs.flatMap(({ line, stream, checkpoints }) =>
    checkpoints.map(({ requests, differences, utility, tested }) => [
      line,
      stream,
      requests,
      differences.length === 0 ? '0 bytes' : differences.join(', '),
      utility['ndcg@10'].toFixed(4),
      utility['hr@10'].toFixed(4),
      tested,
    ]),
  );
  for (const row of table(
    ['line', 'stream', 'after', 'gap to retraining', 'NDCG@10', 'HR@10', 'people'],
    points,
  ))
    print(row);
}
