import { Option, type Command } from 'commander';
import {
  influencesOfLine,
  lintInfluences,
  PUBLISHED_LINES,
  type Influence,
  type LintReport,
  type PublishedName,
} from '#libs/evaluation';
import { lineChoiceOf, withLineOptions, type LineFlags } from './line-options.js';
import { table, toStdout, type Print } from './output.js';
import { withInstallation, type GlobalFlags } from './session.js';

const FOUND_LEAKS = 1;
const PUBLISHED = Object.keys(PUBLISHED_LINES) as PublishedName[];

interface Flags extends LineFlags {
  readonly published?: PublishedName;
  readonly json?: boolean;
}

/** What is looked at, by a name to print. */
interface Linted {
  readonly name: string;
  readonly influences: readonly Influence[];
}

/** Adds `models lint`. */
export function registerLint(program: Command): void {
  const lint = program
    .command('models')
    .description('what a model line may remember')
    .command('lint')
    .description(
      'each way in which a deleted record could still influence a line; exit code 1 when there is a leak (default: the line in use)',
    );
  withLineOptions(lint)
    .addOption(
      new Option('--published <name>', 'of what others have published, for contrast')
        .choices(PUBLISHED)
        .conflicts(['strategy', 'config']),
    )
    .option('--json', 'print as JSON')
    .action(async (flags: Flags, command: Command) => {
      const linted = await lintedOf(flags, command.optsWithGlobals<GlobalFlags>());
      const report = lintInfluences(linted.influences);
      if (flags.json) toStdout(JSON.stringify({ of: linted.name, ...report }, undefined, 2));
      else printLint(linted.name, report, toStdout);
      if (report.leaks > 0) process.exitCode = FOUND_LEAKS;
    });
}

async function lintedOf(flags: Flags, global: GlobalFlags): Promise<Linted> {
  if (flags.published !== undefined) {
    const { source, influences } = PUBLISHED_LINES[flags.published];
    return { name: source, influences };
  }
  const choice = await lineChoiceOf(flags);
  if (choice !== undefined) {
    const { configOf, DEFAULT_SETTINGS } = await import('../installation/index.js');
    const config = configOf(choice, DEFAULT_SETTINGS.purpose);
    return {
      name: flags.config ?? `strategy ${choice.strategy ?? 'sisa'}`,
      influences: influencesOfLine(config),
    };
  }
  return withInstallation(global, async ({ lines, settings }) => {
    const { genesis } = await lines.get(settings.line);
    return { name: `line ${settings.line}`, influences: influencesOfLine(genesis.config) };
  });
}

/** A table of the findings, the leaks first, and what it comes to. */
export function printLint(name: string, { findings, undescribed, leaks }: LintReport, print: Print): void {
  const order = ['leak', 'stated', 'clean'];
  const sorted = findings.toSorted((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
  const rows = sorted.map(({ severity, rule, code, where, why }) => [severity, `§${rule}`, code, where, why]);
  print(`Leak lint of ${name}`);
  for (const line of table(['', 'rule', 'finding', 'where', 'why'], rows)) print(line);
  for (const { code, certificate } of sorted)
    if (certificate !== undefined) print(`${code}: the certificate says "${certificate}".`);
  const isPartial = undescribed.length > 0;
  if (isPartial) print(`Not looked into: ${undescribed.join(', ')}.`);
  const found = leaks === 0 ? 'No leak' : `${leaks} ${leaks === 1 ? 'leak' : 'leaks'}`;
  print(`${found} found${isPartial ? ' in what was looked into' : ''}.`);
}
