import type { Command } from 'commander';
import type { UtilityFigure, UtilityOfPeople, Withheld } from '#libs/contracts';
import { servingVersion } from '#libs/erasure';
import type { MeasuredVersion, MeasurementsView } from '#libs/portal-contract';
import type { Installation } from '../installation/index.js';
import { CommandError } from './command-error.js';
import { wholeNumber } from './line-options.js';
import { integer, table, toStdout, type Print } from './output.js';
import { withInstallation, type GlobalFlags } from './session.js';

const WHY_NONE: Readonly<Record<Withheld['withheld'], string>> = {
  'fewer-than-1000-tested': 'fewer than 1,000 people could be tested: no figure is made of so few',
  'fewer-than-200-in-group': 'fewer than 200 people in a group: no figure is made of so few',
  'fewer-than-200-in-shard': 'fewer than 200 people in a shard: no variance is made of so few',
  'one-shard': 'one shard has nobody to differ from',
};

interface MeasureFlags {
  readonly line?: string;
  readonly version?: number;
  readonly list?: boolean;
  readonly json?: boolean;
}

/** Adds `measure` to `models`. */
export function registerMeasure(models: Command): void {
  models
    .command('measure')
    .description(
      'how useful a version is, by a twin that is trained without the last record of each person and thrown away; an erasure ends it, and so does Ctrl-C',
    )
    .option('--line <name>', 'model line (default: the one in use)')
    .option('--version <n>', 'version (default: the one that serves)', wholeNumber)
    .option('--list', 'only show what was measured before')
    .option('--json', 'print as JSON')
    .action((flags: MeasureFlags, command: Command) =>
      withInstallation(command.optsWithGlobals<GlobalFlags>(), async (installation) => {
        const line = flags.line ?? installation.settings.line;
        if (flags.list !== true) await measure(installation, line, flags.version);
        const view = await installation.engine.measurements.view(line);
        if (flags.json) toStdout(JSON.stringify(view.measured, undefined, 2));
        else printMeasured(view, toStdout);
      }),
    );
}

/** @throws CommandError NOTHING_SERVES, MEASUREMENT_REFUSED; and as Measurements does */
async function measure(
  { engine: { measurements }, lines }: Installation,
  line: string,
  asked: number | undefined,
): Promise<void> {
  const version = asked ?? servingVersion(await lines.get(line))?.version;
  if (version === undefined)
    throw new CommandError('NOTHING_SERVES', 'no version of the line serves', {
      facts: { line },
      nextStep: 'Train it first: `lacuna train`.',
    });
  const unwatch = measurements.watch(showProgress());
  const cancel = () => void measurements.cancel(line, version).catch(() => {}); // it was over already
  try {
    await measurements.start(line, version);
    process.once('SIGINT', cancel);
    await measurements.idle();
  } finally {
    process.off('SIGINT', cancel);
    unwatch();
  }
  const { refused } = await measurements.view(line);
  if (refused === undefined) return;
  throw new CommandError('MEASUREMENT_REFUSED', `${refused.title} (${refused.code})`, {
    facts: { line, version },
    nextStep: refused.nextStep,
  });
}

const STAGES = { reading: 'gathering records', training: 'training the twin', ranking: 'asking it' } as const;

/** On standard error: in one line on a terminal, in lines elsewhere. */
function showProgress(): (running: MeasurementsView['running']) => void {
  const { stderr } = process;
  let last = '';
  return (running) => {
    if (running === undefined) return void (stderr.isTTY && stderr.write('\n'));
    const { version, progress } = running;
    const done = progress.stage === 'training' ? ` ${progress.done}/${progress.of}` : '';
    const text = `version ${version}: ${STAGES[progress.stage]}${done}`;
    if (text === last) return;
    last = text;
    stderr.write(stderr.isTTY ? `\r${text.padEnd(60)}` : `${text}\n`);
  };
}

function printMeasured({ line, measured }: MeasurementsView, print: Print): void {
  if (measured.length === 0) return print(`No version of ${line} was measured yet: lacuna models measure`);
  const header = ['version', 'tested', 'HR@10', 'NDCG@10', 'A-IGF', 'shardGF', 'warm HR@10', 'cold HR@10'];
  const rows = measured.map((one) => [one.version, testedOf(one), ...figuresOf(one).map(shown)]);
  for (const row of table(header, rows)) print(row);
  const reasons = new Set(
    measured.flatMap(figuresOf).flatMap((one) => ('withheld' in one ? one.withheld : [])),
  );
  for (const reason of reasons) print(`–: ${WHY_NONE[reason]}.`);
}

function testedOf({ tested }: MeasuredVersion): string {
  return tested === undefined ? '–' : `${integer(tested)} and more`;
}

type Cell = UtilityFigure | Withheld;

function figuresOf({ overall, activityGap, shardVariance, warm, cold }: MeasuredVersion): Cell[] {
  return [
    partOf(overall, 'hr10'),
    partOf(overall, 'ndcg10'),
    activityGap,
    shardVariance,
    partOf(warm, 'hr10'),
    partOf(cold, 'hr10'),
  ];
}

function partOf(group: UtilityOfPeople | Withheld, name: keyof UtilityOfPeople): Cell {
  return 'withheld' in group ? group : group[name];
}

function shown(figure: Cell): string {
  return 'withheld' in figure ? '–' : `${figure.value} ±${figure.halfWidth}`;
}
