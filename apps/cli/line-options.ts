import { readFile } from 'node:fs/promises';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { parseStrictJson } from '#libs/essentials';
import { STRATEGIES, type StrategyChoice } from '#libs/learning';
import { InstallationError, type LineChoice } from '../installation/index.js';

export const BASES = ['ials', 'bpr', 'two-tower'] satisfies StrategyChoice['base'][];
export const AGGREGATORS = ['mean', 'attention', 'meta'] satisfies StrategyChoice['aggregator'][];

export interface LineFlags extends Omit<LineChoice, 'config'> {
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
    .option('--shards <n>', 'shards of the line (default: 8)', wholeNumber)
    .option('--slices <n>', 'slices of a shard, with a checkpoint after each (default: 1)', wholeNumber)
    .addOption(
      new Option('--config <file>', 'a whole configuration as JSON').conflicts([
        'strategy',
        'base',
        'aggregator',
        'shards',
        'slices',
      ]),
    );
}

/** What was chosen on the command line; undefined when nothing was. @throws InstallationError LINE_CONFIG_UNREADABLE */
export async function lineChoiceOf(flags: LineFlags): Promise<LineChoice | undefined> {
  const { strategy, base, aggregator, shards, slices, config } = flags;
  if (config !== undefined) return { config: await readConfig(config) };
  const chosen = { strategy, base, aggregator, shards, slices };
  return Object.values(chosen).some((value) => value !== undefined) ? chosen : undefined;
}

async function readConfig(file: string): Promise<unknown> {
  try {
    return parseStrictJson(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new InstallationError('LINE_CONFIG_UNREADABLE', `${file} cannot be read as JSON`, {
      facts: { reason: (cause as { code?: string }).code },
      nextStep: 'Write a configuration such as `lacuna strategies --json` prints.',
      cause,
    });
  }
}
