import path from 'node:path';
import { Option, type Command } from 'commander';
import { CodedError } from '#libs/essentials';
import {
  IngestError,
  parseColumnNames,
  parseTime,
  type ImportOptions,
  type ImportService,
  type ImportSummary,
  type RatingFormat,
} from '#stages/ingest';
import { showProgress } from './import-progress.js';
import { integer, seconds, table, toStdout, type Print } from './output.js';
import { RejectsFile } from './rejects-file.js';
import { explain } from './session.js';

/** What the command needs of an opened installation. */
export interface ImportSession {
  readonly imports: Pick<ImportService, 'importRatings'>;
  close(): Promise<void>;
}

interface Flags {
  readonly items?: string;
  readonly format?: RatingFormat['name'];
  readonly columns?: string;
  readonly type: string;
  readonly purpose?: string;
  readonly timeDefault?: string;
  readonly grantConsent?: string;
  readonly evidence?: string;
  readonly onBadLine: 'stop' | 'skip';
  readonly rejects?: string;
  readonly json?: boolean;
}

const DEFAULT_PURPOSE = 'recommendations';

/** Everything was taken in; or some lines were left out; or the import failed; or it was cancelled. */
export const EXIT = { ok: 0, failed: 1, someRejected: 3, cancelled: 130 } as const;

/**
 * Adds `lacuna import FILE`.
 *
 * @param open opens the installation that the command's and the program's options name
 */
export function registerImport(
  program: Command,
  open: (options: Record<string, unknown>) => Promise<ImportSession>,
): void {
  program
    .command('import')
    .description('record the interactions of a file; a repetition continues and records nothing twice')
    .argument('<file>', 'ratings.dat, u.data, or a CSV with a header; plain or gzip')
    .option('--items <file>', 'catalogue to take in first: movies.dat, movies.csv, u.item, items.csv')
    .addOption(
      new Option('--format <name>', 'default: told by the first line').choices([
        'movielens-dat',
        'movielens-tab',
        'csv',
      ]),
    )
    .option('--columns <map>', 'user=NAME,item=NAME[,value=NAME][,time=NAME][,type=NAME]')
    .option('--type <name>', 'type of the interactions when no column says', 'rating')
    .option(
      '--purpose <name>',
      `purpose they are recorded for (default: of --grant-consent, or ${DEFAULT_PURPOSE})`,
    )
    .option('--time-default <time>', 'for rows without a time: seconds since 1970 or ISO 8601')
    .option('--grant-consent <purpose>', 'enrol people who are new, with consent to this purpose')
    .option('--evidence <reference>', 'where the proof of that consent is kept')
    .addOption(
      new Option('--on-bad-line <what>', 'stop, or report and leave out')
        .choices(['stop', 'skip'])
        .default('stop'),
    )
    .option('--rejects <file>', 'report of the lines left out (default: FILE.rejects.ndjson in this folder)')
    .option('--json', 'print the summary as JSON')
    .action(async (file: string, flags: Flags, command: Command) => {
      process.exitCode = await importFile(file, flags, () => open(command.optsWithGlobals()));
    });
}

/** @returns exit code */
export async function importFile(
  file: string,
  flags: Flags,
  open: () => Promise<ImportSession>,
  print: Print = toStdout,
): Promise<number> {
  const rejects = new RejectsFile(flags.rejects ?? `${path.basename(file)}.rejects.ndjson`);
  const progress = showProgress(flags.json ? undefined : process.stderr);
  const cancel = new AbortController();
  const onInterrupt = () => cancel.abort();
  let session: ImportSession | undefined;
  process.once('SIGINT', onInterrupt);
  try {
    const options = optionsOf(file, flags);
    session = await open();
    const summary = await session.imports.importRatings({
      ...options,
      onReject: (rejected) => rejects.add(rejected),
      onProgress: progress.update,
      signal: cancel.signal,
    });
    progress.stop();
    printSummary(summary, rejects, flags, print);
    return summary.rejected > 0 ? EXIT.someRejected : EXIT.ok;
  } catch (error) {
    progress.stop();
    if (!(error instanceof CodedError)) throw error;
    process.stderr.write(`${explain(error)}\n`);
    return error.code === 'IMPORT_CANCELLED' ? EXIT.cancelled : EXIT.failed;
  } finally {
    process.off('SIGINT', onInterrupt);
    rejects.close();
    await session?.close();
  }
}

function optionsOf(file: string, flags: Flags): ImportOptions {
  const { grantConsent, items, format, type, onBadLine } = flags;
  return {
    file,
    items,
    format,
    type,
    onBadLine,
    columns: flags.columns === undefined ? undefined : parseColumnNames(flags.columns),
    purpose: flags.purpose ?? grantConsent ?? DEFAULT_PURPOSE,
    time: flags.timeDefault === undefined ? undefined : timeOf(flags.timeDefault),
    newPeople: grantConsent === undefined ? undefined : consentOf(grantConsent, flags.evidence),
  };
}

function consentOf(purpose: string, evidence: string | undefined): ImportOptions['newPeople'] {
  if (!evidence)
    throw new IngestError('EVIDENCE_MISSING', '--grant-consent needs evidence that these people consented', {
      nextStep: 'Add --evidence with a reference to where the proof is kept.',
    });
  return { purpose, method: 'bulk-import', evidenceReference: evidence };
}

function timeOf(text: string): number {
  const time = parseTime(text);
  if (time === undefined)
    throw new IngestError('TIME_MALFORMED', '--time-default is not a time', {
      nextStep: 'Give seconds since 1970 or ISO 8601 with a zone, such as 2026-01-31T08:00:00Z.',
    });
  return time;
}

function printSummary(summary: ImportSummary, rejects: RejectsFile, flags: Flags, print: Print): void {
  if (flags.json) {
    print(JSON.stringify(summary));
    return;
  }
  const rate = summary.seconds > 0 ? Math.round(summary.rows / summary.seconds) : summary.rows;
  const rows: (readonly [string, string])[] = [
    ['items catalogued', integer(summary.items.catalogued)],
    ['people enrolled', integer(summary.enrolled)],
    ['lines read', integer(summary.rows)],
    ['recorded', integer(summary.recorded)],
    ['duplicates', integer(summary.duplicates)],
    ['rejected', integer(summary.rejected)],
    ...Object.entries(summary.rejectedByCode).map(([code, count]) => [`  ${code}`, integer(count)] as const),
    ['time', `${seconds(summary.seconds)} (${integer(rate)} lines/s)`],
  ];
  table(['import', summary.format], rows).forEach((line) => print(line));
  if (summary.resumedAfterLine > 0)
    print(
      `Lines up to ${integer(summary.resumedAfterLine)} were taken in by an earlier import of this file.`,
    );
  if (summary.rejected > 0) print(`The rejected lines and their reasons: ${rejects.file}`);
}
