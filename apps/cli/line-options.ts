import { readFile } from 'node:fs/promises';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { parseStrictJson } from '#libs/essentials';
import { preferredBackend, STRATEGIES, type StrategyChoice } from '#libs/learning';
import type { CandidateChoice } from '../evaluation/index.js';
import type { LineChoice } from '../installation/index.js';

type AggregatorName = NonNullable<StrategyChoice['aggregator']>;

export const BASES = ['ials', 'bpr', 'two-tower'] satisfies StrategyChoice['base'][];
export const AGGREGATORS = ['mean', 'attention', 'meta'] satisfies AggregatorName[];

/** A list on the command line. @throws InvalidArgumentError */
export function texts(list: string): string[] {
  const names = list.split(',').map((name) => name.trim());
  if (names.some((name) => name === ''))
    throw new InvalidArgumentError('expected names, separated by commas');
  return [...new Set(names)];
}

export const wholeNumbers = (list: string): number[] => texts(list).map(wholeNumber);

/** Reads a list of some names. */
export function listOf<Name extends string>(known: readonly Name[]): (list: string) => Name[] {
  return (list) =>
    texts(list).map((text) => {
      const name = known.find((one) => one === text);
      if (name === undefined)
        throw new InvalidArgumentError(`expected some of ${known.join(', ')}, separated by commas`);
      return name;
    });
}

/** Options that say which lines are to be compared. */
export function withCandidateOptions(command: Command, strategies: readonly string[]): Command {
  return command
    .addOption(
      new Option('--strategies <names>', `separated by commas: ${STRATEGIES.join(', ')}`)
        .argParser(texts)
        .default([...strategies], strategies.join(',')),
    )
    .option(
      '--configs <files>',
      'configurations of your own beside them, such as `lacuna tune` writes: files of JSON, separated by commas',
      texts,
    )
    .addOption(
      new Option('--shards <numbers>', 'numbers of shards, separated by commas')
        .argParser(wholeNumbers)
        .default([8], '8'),
    )
    .addOption(new Option('--base <model>', 'base model, where the strategy leaves it open').choices(BASES))
    .option(
      '--aggregator <names>',
      `where the strategy leaves it open, separated by commas: ${AGGREGATORS.join(', ')}`,
      listOf(AGGREGATORS),
    );
}

/** What `withCandidateOptions` has read. */
export interface CandidateFlags extends Pick<StrategyChoice, 'base'> {
  readonly strategies: readonly string[];
  /** Paths of files. */
  readonly configs?: readonly string[];
  readonly shards: readonly number[];
  readonly aggregator?: readonly AggregatorName[];
}

/** What the flags ask to compare. @throws InstallationError LINE_CONFIG_UNREADABLE */
export async function candidateChoiceOf({
  strategies,
  shards,
  base,
  aggregator,
  configs = [],
}: CandidateFlags): Promise<CandidateChoice & Required<Pick<CandidateChoice, 'configs'>>> {
  const own = configs.map(async (file) => ({
    name: file.replace(/\.json$/, ''),
    config: await readConfig(file),
  }));
  return { strategies, shards, base, aggregators: aggregator, configs: await Promise.all(own) };
}

export interface LineFlags extends Omit<LineChoice, 'config' | 'backend'> {
  readonly backend?: LineChoice['backend'] | 'prefer-node';
  /** Path of a file. */
  readonly config?: string;
}

export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('expected a whole number from 1');
  return value;
}

/** Options that say what a new line is to be. */
export function withLineOptions(command: Command): Command {
  return command
    .addOption(new Option('--strategy <name>', 'see `lacuna strategies` (default: sisa)').choices(STRATEGIES))
    .addOption(new Option('--base <model>', 'base model, where the strategy leaves it open').choices(BASES))
    .addOption(
      new Option('--aggregator <name>', 'aggregator, where the strategy leaves it open').choices(AGGREGATORS),
    )
    .addOption(
      new Option(
        '--backend <name>',
        'of TensorFlow.js, for the aggregator meta: node asks for @tensorflow/tfjs-node, prefer-node takes wasm where that is not installed (default: wasm)',
      ).choices(['wasm', 'node', 'prefer-node']),
    )
    .option('--shards <n>', 'shards of the line (default: 8)', wholeNumber)
    .option('--slices <n>', 'slices of a shard, with a checkpoint after each (default: 1)', wholeNumber)
    .option(
      '--profile-purpose <name>',
      'purpose under which features of people are used, by two towers (default: none are)',
    )
    .addOption(
      new Option('--config <file>', 'a whole configuration as JSON').conflicts([
        'strategy',
        'base',
        'aggregator',
        'backend',
        'shards',
        'slices',
        'profilePurpose',
      ]),
    );
}

/** What was chosen on the command line; undefined when nothing was. @throws InstallationError LINE_CONFIG_UNREADABLE; LearningError ENGINE_VERSION_MISMATCH */
export async function lineChoiceOf(flags: LineFlags): Promise<LineChoice | undefined> {
  const { strategy, base, aggregator, shards, slices, profilePurpose, config } = flags;
  if (config !== undefined) return { config: await readConfig(config) };
  const backend = flags.backend === 'prefer-node' ? await preferredBackend() : flags.backend;
  const chosen = { strategy, base, aggregator, backend, shards, slices, profilePurpose };
  return Object.values(chosen).some((value) => value !== undefined) ? chosen : undefined;
}

async function readConfig(file: string): Promise<unknown> {
  try {
    return parseStrictJson(await readFile(file, 'utf8'));
  } catch (cause) {
    const { InstallationError } = await import('../installation/index.js');
    throw new InstallationError('LINE_CONFIG_UNREADABLE', `${file} cannot be read as JSON`, {
      facts: { reason: (cause as { code?: string }).code },
      nextStep: 'Write a configuration such as `lacuna strategies --json` prints.',
      cause,
    });
  }
}
