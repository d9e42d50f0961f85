import { InvalidArgumentError, type Command } from 'commander';
import type { ModelConfig } from '#libs/contracts';
import { servingVersion, type ModelLineState } from '#libs/erasure';
import { STRATEGIES, strategyConfig, strategySummary } from '#libs/learning';
import { lineChoiceOf, withLineOptions, type LineFlags } from './line-options.js';
import { table, toStdout } from './output.js';
import { withInstallation, type GlobalFlags } from './session.js';

function lineName(text: string): string {
  if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(text) || text === 'blobs')
    throw new InvalidArgumentError('expected lower-case letters, digits and hyphens, at most 64');
  return text;
}

const flagsOf = (command: Command): GlobalFlags => command.optsWithGlobals();

/** Adds `lines` and `strategies`. */
export function registerLines(program: Command): void {
  const lines = program.command('lines').description('model lines');
  const start = lines
    .command('start')
    .description(
      'start a new line with its own genesis and use it from now on; the name of a line that was started only goes back to it; train it next',
    )
    .argument('<name>', 'lower-case letters, digits and hyphens, at most 64', lineName);
  withLineOptions(start).action(async (name: string, flags: LineFlags, command: Command) => {
    const choice = await lineChoiceOf(flags);
    await withInstallation(flagsOf(command), async (installation) => {
      const wasStarted = (await installation.lines.names()).includes(name);
      const line = await installation.startLine(name, choice);
      const what = wasStarted
        ? 'is in use again as it was started, and nothing was started anew'
        : 'is started';
      toStdout(`Line ${name} ${what}: ${inWords(line.genesis.config)}.`);
      toStdout(`Serving: ${whatServes(line)}.`);
    });
  });
  lines
    .command('list')
    .description('lines and their versions')
    .action((_: unknown, command: Command) =>
      withInstallation(flagsOf(command), async ({ lines: all, settings }) => {
        const states = await Promise.all((await all.names()).map((name) => all.get(name)));
        const rows = states.map((state) => [
          state.genesis.line,
          inWords(state.genesis.config),
          servingVersion(state)?.version ?? 'none',
          state.genesis.createdAt,
          state.genesis.line === settings.line ? 'in use' : '',
        ]);
        for (const line of table(['line', 'what it is', 'serving', 'started', ''], rows)) toStdout(line);
      }),
    );
  registerStrategies(program);
}

function registerStrategies(program: Command): void {
  program
    .command('strategies')
    .description('what a line can be')
    .option('--json', 'print the configuration of each as JSON')
    .action(({ json }: { json?: boolean }) => {
      const configs = Object.fromEntries(STRATEGIES.map((name) => [name, strategyConfig(name)]));
      if (json) return toStdout(JSON.stringify(configs, undefined, 2));
      const rows = STRATEGIES.map((name) => [name, inWords(configs[name]), strategySummary(name)]);
      for (const line of table(['strategy', 'unless told otherwise', ''], rows)) toStdout(line);
    });
}

/** Which version of a line serves; why none does, and what to do. A line that is taken up again has nothing that was left to serve. */
export function whatServes(line: ModelLineState): string {
  const serving = servingVersion(line);
  if (serving !== undefined) return `version ${serving.version}`;
  const newest = line.versions.at(-1);
  if (newest === undefined) return 'nothing yet: lacuna train';
  return `nothing, for version ${newest.version} was retired and destroyed when another line was published: lacuna train`;
}

/** Such as `8 shards by-subject, ials, mean, 4 slices`. */
export function inWords({ partition: { kind, shards }, subModel, aggregator, slices }: ModelConfig): string {
  const divided = shards === 1 ? '1 shard' : `${shards} shards ${kind}`;
  return [
    divided,
    subModel.kind,
    aggregator.kind,
    ...(slices === undefined ? [] : [`${slices} slices`]),
  ].join(', ');
}
