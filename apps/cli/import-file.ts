import path from 'node:path';
import { CodedError } from '#libs/essentials';
import {
  IngestError,
  parseColumnNames,
  parseTime,
  type ImportCounts,
  type ImportOptions,
  type ImportService,
  type ImportSummary,
  type ProfileImportOptions,
  type ProfileSummary,
  type RatingFormat,
} from '#stages/ingest';
import { showProgress } from './import-progress.js';
import { DEFAULT_PURPOSE } from './import-purposes.js';
import { integer, seconds, table, toStdout, type Print } from './output.js';
import { RejectsFile } from './rejects-file.js';
import { explain } from './session.js';

/** What the command needs of an opened installation. */
export interface ImportSession {
  readonly imports: Pick<ImportService, 'importRatings' | 'importProfiles'>;
  close(): Promise<void>;
}

/** What the options of the command say. */
export interface ImportFlags {
  readonly items?: string;
  readonly format?: RatingFormat['name'];
  readonly columns?: string;
  readonly type: string;
  readonly purpose?: string;
  readonly timeDefault?: string;
  readonly grantConsent?: string;
  readonly evidence?: string;
  readonly profiles?: string;
  readonly features?: string;
  readonly profileColumns?: readonly string[];
  readonly profilePurpose: string;
  readonly profileTime?: string;
  readonly grantProfileConsent?: boolean;
  readonly onBadLine: 'stop' | 'skip';
  readonly rejects?: string;
  readonly json?: boolean;
}

/** Everything was taken in; or some lines were left out; or the import failed; or it was cancelled. */
export const EXIT = { ok: 0, failed: 1, someRejected: 3, cancelled: 130 } as const;

/** @returns exit code */
export async function importFile(
  file: string | undefined,
  flags: ImportFlags,
  open: () => Promise<ImportSession>,
  print: Print = toStdout,
): Promise<number> {
  const source = file ?? flags.profiles ?? '';
  const rejects = new RejectsFile(flags.rejects ?? `${path.basename(source)}.rejects.ndjson`);
  const progress = showProgress(flags.json ? undefined : process.stderr);
  const cancel = new AbortController();
  const onInterrupt = () => cancel.abort();
  let session: ImportSession | undefined;
  process.once('SIGINT', onInterrupt);
  try {
    const ratings = file === undefined ? undefined : optionsOf(file, flags);
    const profiles = profileOptionsOf(flags);
    if (ratings === undefined && profiles === undefined) throw nothingNamed();
    session = await open();
    const { imports } = session;
    const watched = { onReject: rejects.add.bind(rejects), signal: cancel.signal };
    const done = {
      ratings:
        ratings && (await imports.importRatings({ ...ratings, ...watched, onProgress: progress.update })),
      profiles: profiles && (await imports.importProfiles({ ...profiles, ...watched })),
    };
    progress.stop();
    printDone(done, rejects, flags, print);
    return rejectedOf(done) > 0 ? EXIT.someRejected : EXIT.ok;
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

function optionsOf(file: string, flags: ImportFlags): ImportOptions {
  const { grantConsent, items, format, type, onBadLine } = flags;
  return {
    file,
    items,
    format,
    type,
    onBadLine,
    columns: flags.columns === undefined ? undefined : parseColumnNames(flags.columns),
    purpose: flags.purpose ?? grantConsent ?? DEFAULT_PURPOSE,
    time: flags.timeDefault === undefined ? undefined : timeOf(flags.timeDefault, '--time-default'),
    newPeople: grantConsent === undefined ? undefined : consentOf(grantConsent, flags.evidence),
  };
}

function profileOptionsOf(flags: ImportFlags): ProfileImportOptions | undefined {
  const { profiles, features, profilePurpose: purpose, profileTime, evidence, onBadLine } = flags;
  if (profiles === undefined) return undefined;
  return {
    file: profiles,
    features,
    purpose,
    onBadLine,
    columns: flags.profileColumns,
    time: profileTime === undefined ? undefined : timeOf(profileTime, '--profile-time'),
    undecidedPeople: flags.grantProfileConsent ? consentOf(purpose, evidence) : undefined,
  };
}

function nothingNamed(): IngestError {
  return new IngestError('FILE_NOT_FOUND', 'no file is named', {
    nextStep: 'Name a file of interactions, or one of features with --profiles.',
  });
}

function consentOf(purpose: string, evidence: string | undefined): ImportOptions['newPeople'] {
  if (!evidence)
    throw new IngestError('EVIDENCE_MISSING', 'granting consent needs evidence that these people consented', {
      nextStep: 'Add --evidence with a reference to where the proof is kept.',
    });
  return { purpose, method: 'bulk-import', evidenceReference: evidence };
}

function timeOf(text: string, option: string): number {
  const time = parseTime(text);
  if (time === undefined)
    throw new IngestError('TIME_MALFORMED', `${option} is not a time`, {
      nextStep: 'Give seconds since 1970 or ISO 8601 with a zone, such as 2026-01-31T08:00:00Z.',
    });
  return time;
}

/** What was taken in of each file that was named. */
interface Done {
  readonly ratings?: ImportSummary;
  readonly profiles?: ProfileSummary;
}

function rejectedOf({ ratings, profiles }: Done): number {
  return (ratings?.rejected ?? 0) + (profiles?.rejected ?? 0);
}

function printDone(done: Done, rejects: RejectsFile, flags: ImportFlags, print: Print): void {
  const { ratings, profiles } = done;
  if (flags.json) {
    print(JSON.stringify(profiles === undefined ? ratings : { ...ratings, profiles }));
    return;
  }
  if (ratings !== undefined) printSummary(ratings, print);
  if (profiles !== undefined)
    table(
      ['import', 'features of people'],
      [['features catalogued', integer(profiles.features.catalogued)], ...countRows(profiles)],
    ).forEach((line) => print(line));
  if (rejectedOf(done) > 0) print(`The rejected lines and their reasons: ${rejects.file}`);
}

function printSummary(summary: ImportSummary, print: Print): void {
  table(
    ['import', summary.format],
    [['items catalogued', integer(summary.items.catalogued)], ...countRows(summary)],
  ).forEach((line) => print(line));
  if (summary.resumedAfterLine > 0)
    print(
      `Lines up to ${integer(summary.resumedAfterLine)} were taken in by an earlier import of this file.`,
    );
}

function countRows(
  counts: Readonly<ImportCounts> & { readonly seconds: number },
): (readonly [string, string])[] {
  const rate = counts.seconds > 0 ? Math.round(counts.rows / counts.seconds) : counts.rows;
  return [
    ['people enrolled', integer(counts.enrolled)],
    ['entries read', integer(counts.rows)],
    ['recorded', integer(counts.recorded)],
    ['duplicates', integer(counts.duplicates)],
    ['rejected', integer(counts.rejected)],
    ...Object.entries(counts.rejectedByCode).map(([code, count]) => [`  ${code}`, integer(count)] as const),
    ['time', `${seconds(counts.seconds)} (${integer(rate)} entries/s)`],
  ];
}
