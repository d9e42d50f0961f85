import { InvalidArgumentError, type Command } from 'commander';
import type { ModelManifest, Swept } from '#libs/contracts';
import type { ModelLineState } from '#libs/erasure';
import { CodedError } from '#libs/essentials';
import { counted } from '#platform/terminal';
import type { Installation, Settings } from '../installation/index.js';
import type { InteractionRules } from '#stages/ingest';
import type { NothingCode } from '#stages/serving';
import { lineChoiceOf, withLineOptions, wholeNumber, type LineFlags } from './line-options.js';
import { inWords, registerLines, whatServes } from './lines.js';
import { integer, seconds, shortDigest, table, toStdout } from './output.js';
import { showRebuildProgress } from './rebuild-progress.js';
import { withInstallation, type GlobalFlags } from './session.js';

function toRange(text: string): InteractionRules {
  const [, from, to] = /^(-?\d+(?:\.\d+)?)\.\.(-?\d+(?:\.\d+)?)$/.exec(text) ?? [];
  const [minValue, maxValue] = [Number(from), Number(to)];
  if (!(minValue <= maxValue)) throw new InvalidArgumentError('expected two numbers such as 1..5');
  return { minValue, maxValue };
}

const flagsOf = (command: Command): GlobalFlags => command.optsWithGlobals();

const WHY_NOTHING: Readonly<Record<NothingCode, string>> = {
  NO_RECORDS_TO_GO_BY:
    'There is nothing to recommend by: no record of the line’s purpose, and no feature that the line takes.',
  NO_ANSWER_BY_FEATURES:
    'There are features only, by which the version that serves says nothing of a person; a line of shared two towers would (eemu, --profile-purpose), once it has been trained on interactions.',
  NEW_TO_THE_MODEL:
    'The version that serves has nothing to say of this person: their records came after it was trained, or nobody else has met what they have met; train again: `lacuna train`.',
  NOTHING_LEFT_TO_RECOMMEND:
    'Nothing is left to recommend: everything was met or withdrawn, or is in shards that are being rebuilt.',
};

/** Adds `init`, `train`, `recommend`, `status`, `lines`, `strategies` and `projections`. */
export function registerModels(program: Command): void {
  registerInit(program);

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
        if (list.nothing !== undefined) return toStdout(WHY_NOTHING[list.nothing]);
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
    .action((_: unknown, command: Command) => statusOf(flagsOf(command)));

  registerLines(program);
  registerProjections(program);
}

function registerInit(program: Command): void {
  const init = program
    .command('init')
    .description(
      'make the data folder and start the model line; other commands do it by themselves, as sisa with 8 shards',
    )
    .option('--origin <name>', 'name of the ledger, such as ledger.example.org/unlearning')
    .option('--purpose <name>', 'purpose under which records may be used')
    .option(
      '--values <range>',
      'values an interaction may have, such as 1..5 (default: any number)',
      toRange,
    );
  withLineOptions(init).action(
    async ({ origin, purpose, values, ...flags }: LineFlags & Partial<Settings>, command: Command) => {
      const changes = Object.entries({ origin, purpose, values }).filter(([, value]) => value !== undefined);
      const opening = { line: await lineChoiceOf(flags), settings: Object.fromEntries(changes) };
      const begun = async ({ settings, lines }: Installation): Promise<void> => {
        const { genesis, genesisDigest } = await lines.get(settings.line);
        toStdout(
          `Line ${settings.line}: ${inWords(genesis.config)}; purpose ${genesis.config.purpose}, genesis ${shortDigest(genesisDigest)}….`,
        );
      };
      await withInstallation(flagsOf(command), begun, opening);
    },
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

async function statusOf(flags: GlobalFlags): Promise<void> {
  let swept: Swept = { files: 0, bytes: 0 };
  await withInstallation(flags, (installation) => printStatus(installation, swept), {
    onSwept: (destroyed) => (swept = destroyed),
  });
}

async function printStatus(
  { store, ledger, lines, settings, requests, projections, folder, registry, witnessing }: Installation,
  swept: Swept,
): Promise<void> {
  const line = await lines.get(settings.line);
  const manifest = await lines.servingManifest(line);
  const open = requests.all().filter(({ status }) => !status.startsWith('closed'));
  const rows: [string, string][] = [
    ['data folder', folder.paths.root],
    ['ledger', `${settings.origin}, ${ledger.size()} entries`],
    ...(await witnessRows(ledger, witnessing)),
    [
      'line',
      `${settings.line}: ${inWords(line.genesis.config)}; genesis ${shortDigest(line.genesisDigest)}…`,
    ],
    [
      'serving',
      manifest === undefined
        ? whatServes(line)
        : `${whatServes(line)}, ${integer(manifest.shards.reduce((sum, { count }) => sum + count, 0))} records`,
    ],
    ...(await checkpointRow(manifest, registry)),
    [
      'left over',
      swept.files === 0
        ? 'nothing'
        : `${counted(swept.files, 'model file')} of an interrupted rebuild, ${megabytes(swept.bytes)}, destroyed just now`,
    ],
    ['log', `position ${await store.head()}, read models at ${await projections.runner.position()}`],
    ['build', buildOf(lines, line)],
    ['requests', open.length === 0 ? 'none open' : `${open.length} open: lacuna resume`],
  ];
  for (const [name, value] of rows) toStdout(`${name.padEnd(13)}${value}`);
}

/** Whether the published checkpoint has its quorum, and which witness keeps it waiting. */
async function witnessRows(
  ledger: Installation['ledger'],
  witnessing: Installation['witnessing'],
): Promise<[string, string][]> {
  if (witnessing === undefined) return [['witnesses', 'none required: there is no policy']];
  const { satisfied = false, witnesses = [] } = ledger.checkpointPolicy() ?? {};
  const seen = witnesses.length === 0 ? 'seen by none' : `seen by ${witnesses.join(', ')}`;
  const { quorumInWords } = await import('#libs/witnessing');
  const quorum = quorumInWords(witnessing.policy.quorum);
  const silent = witnessing.cosigner.witnesses().filter(({ failure }) => failure !== undefined);
  return [
    ['witnesses', `${quorum}: ${satisfied ? 'satisfied' : 'NOT satisfied'}, ${seen}`],
    ...silent.map(({ name, failure, cosignedAt }): [string, string] => [
      '',
      `${name}: ${failure}, cosigned last ${cosignedAt ?? 'never'}`,
    ]),
  ];
}

/** What the slices' checkpoints take of the disk. */
async function checkpointRow(
  manifest: ModelManifest | undefined,
  registry: Installation['registry'],
): Promise<[string, string][]> {
  const digests = (manifest?.shards ?? []).flatMap(({ checkpoints = [] }) =>
    checkpoints.map(({ digest }) => digest),
  );
  if (digests.length === 0) return [];
  return [['checkpoints', `${integer(digests.length)}, ${megabytes(await registry.sizeOf(digests))}`]];
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function buildOf(lines: Installation['lines'], line: ModelLineState): string {
  try {
    lines.requireSameBuild(line);
    return 'trains this line';
  } catch (error) {
    return error instanceof CodedError ? `${error.message}: ${error.nextStep}` : String(error);
  }
}
