import { InvalidArgumentError, type Command } from 'commander';
import { servingVersion, type ModelLineState } from '#libs/erasure';
import { CodedError } from '#libs/essentials';
import { exportBundle, useLine, type Installation, type Settings } from '../installation/index.js';
import type { InteractionRules } from '#stages/ingest';
import { integer, seconds, shortDigest, table, toStdout } from './output.js';
import { showRebuildProgress } from './rebuild-progress.js';
import { withInstallation, type GlobalFlags } from './session.js';

export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('expected a whole number from 1');
  return value;
}

function lineName(text: string): string {
  if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(text) || text === 'blobs')
    throw new InvalidArgumentError('expected lower-case letters, digits and hyphens, at most 64');
  return text;
}

function toRange(text: string): InteractionRules {
  const [, from, to] = /^(-?\d+(?:\.\d+)?)\.\.(-?\d+(?:\.\d+)?)$/.exec(text) ?? [];
  const [minValue, maxValue] = [Number(from), Number(to)];
  if (!(minValue <= maxValue)) throw new InvalidArgumentError('expected two numbers such as 1..5');
  return { minValue, maxValue };
}

const flagsOf = (command: Command): GlobalFlags => command.optsWithGlobals();

/** Adds `init`, `train`, `recommend`, `status`, `lines`, `projections` and `export`. */
export function registerModels(program: Command): void {
  program
    .command('init')
    .description(
      'make the data folder and start the model line; other commands do it by themselves, with 8 shards',
    )
    .option('--shards <n>', 'shards of the line (default: 8)', wholeNumber)
    .option('--origin <name>', 'name of the ledger, such as ledger.example.org/unlearning')
    .option('--purpose <name>', 'purpose under which records may be used')
    .option('--values <range>', 'values an interaction may have, such as 1..5 (default: any number)', toRange)
    .action(({ shards, ...changes }: { shards?: number } & Partial<Settings>, command: Command) =>
      withInstallation(
        flagsOf(command),
        async ({ settings, lines }) => {
          const { genesis, genesisDigest } = await lines.get(settings.line);
          toStdout(
            `Line ${settings.line}: ${genesis.config.partition.shards} shards, purpose ${genesis.config.purpose}, genesis ${shortDigest(genesisDigest)}….`,
          );
        },
        {
          shards,
          settings: changes,
        },
      ),
    );

  program
    .command('train')
    .description('train every shard on what may be used now, and publish the version')
    .action((_: unknown, command: Command) =>
      withInstallation(
        flagsOf(command),
        async ({ trainings }) => {
          const started = performance.now();
          const { version, manifestDigest } = await trainings.train();
          toStdout(
            `Version ${version} is published after ${seconds((performance.now() - started) / 1000)}; manifest ${manifestDigest}.`,
          );
        },
        { onRebuild: showRebuildProgress() },
      ),
    );

  program
    .command('recommend')
    .description('the best items for a person, from the published version')
    .argument('<subject>', 'id under which you know the person')
    .option('-k, --k <n>', 'how many', wholeNumber, 10)
    .option('--json', 'print as JSON')
    .action((subject: string, { k, json }: { k: number; json?: boolean }, command: Command) =>
      withInstallation(flagsOf(command), async ({ recommendations }) => {
        const list = await recommendations.recommend(subject, k);
        if (json) return toStdout(JSON.stringify(list, undefined, 2));
        const rows = list.items.map(({ item, title, categories, score }, at) => [
          at + 1,
          item,
          title,
          categories.join(', '),
          score.toFixed(4),
        ]);
        for (const line of table(['', 'item', 'title', 'categories', 'score'], rows)) toStdout(line);
      }),
    );

  program
    .command('status')
    .description('what is stored, published and open')
    .action((_: unknown, command: Command) =>
      withInstallation(flagsOf(command), async (installation) => printStatus(installation)),
    );

  registerLines(program);
  registerProjections(program);

  program
    .command('export')
    .description(
      'write what a third party needs to verify and replay; the replay keys open the log: hand them over with care',
    )
    .argument('<folder>', 'a new folder')
    .action((folder: string, _: unknown, command: Command) =>
      withInstallation(flagsOf(command), async (installation) => {
        await exportBundle(installation, folder);
        toStdout(
          `Written to ${folder}. Try: lacuna-verify certificate ${folder}/certificates/… --trust ${folder}/trust`,
        );
      }),
    );
}

function registerLines(program: Command): void {
  const lines = program.command('lines').description('model lines');
  lines
    .command('start')
    .description('start a new line with its own genesis and use it from now on; train it next')
    .argument('<name>', 'lower-case letters, digits and hyphens, at most 64', lineName)
    .option('--shards <n>', 'shards of the line (default: 8)', wholeNumber)
    .action(async (name: string, { shards }: { shards?: number }, command: Command) => {
      const flags = flagsOf(command);
      await withInstallation(flags, async ({ folder }) => useLine(folder.paths.root, name));
      await withInstallation(flags, async () => toStdout(`Line ${name} is started. Train it: lacuna train`), {
        shards,
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
          state.genesis.config.partition.shards,
          servingVersion(state)?.version ?? 'none',
          state.genesis.createdAt,
          state.genesis.line === settings.line ? 'in use' : '',
        ]);
        for (const line of table(['line', 'shards', 'serving', 'started', ''], rows)) toStdout(line);
      }),
    );
}

function registerProjections(program: Command): void {
  program
    .command('projections')
    .description('read models')
    .command('rebuild')
    .description('empty the read models and fold the whole log again')
    .action((_: unknown, command: Command) =>
      withInstallation(
        flagsOf(command),
        async ({ projections }) => {
          const before = await projections.digest();
          const started = performance.now();
          const { events } = await projections.runner.rebuild();
          const took = (performance.now() - started) / 1000;
          const after = await projections.digest();
          toStdout(
            `${integer(events)} events in ${seconds(took)}: ${integer(Math.round(events / took))} a second.`,
          );
          toStdout(
            before === after ? `Same content as before: ${after}` : `CONTENT CHANGED: ${before} → ${after}`,
          );
          if (before !== after) process.exitCode = 1;
        },
        {
          onProjection: ({ events }) =>
            process.stderr.isTTY && process.stderr.write(`\r${integer(events)} events`),
        },
      ),
    );
}

async function printStatus({
  store,
  ledger,
  lines,
  settings,
  requests,
  projections,
  folder,
}: Installation): Promise<void> {
  const line = await lines.get(settings.line);
  const manifest = await lines.servingManifest(line);
  const open = requests.all().filter(({ status }) => !status.startsWith('closed'));
  const rows: [string, string][] = [
    ['data folder', folder.paths.root],
    ['ledger', `${settings.origin}, ${ledger.size()} entries`],
    [
      'line',
      `${settings.line}, ${line.genesis.config.partition.shards} shards, genesis ${shortDigest(line.genesisDigest)}…`,
    ],
    [
      'serving',
      manifest === undefined
        ? 'nothing yet: lacuna train'
        : `version ${manifest.version}, ${integer(manifest.shards.reduce((sum, { count }) => sum + count, 0))} records`,
    ],
    ['log', `position ${await store.head()}, read models at ${await projections.runner.position()}`],
    ['build', buildOf(lines, line)],
    ['requests', open.length === 0 ? 'none open' : `${open.length} open: lacuna resume`],
  ];
  for (const [name, value] of rows) toStdout(`${name.padEnd(12)}${value}`);
}

function buildOf(lines: Installation['lines'], line: ModelLineState): string {
  try {
    lines.requireSameBuild(line);
    return 'trains this line';
  } catch (error) {
    return error instanceof CodedError ? `${error.message}: ${error.nextStep}` : String(error);
  }
}
