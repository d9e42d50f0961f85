import { IngestError, type Rejection } from '../ingest-error.js';
import type { InteractionEntry } from '../interaction.js';
import { parseTime } from '../parse-time.js';
import { splitLine } from './csv-line.js';
import { KNOWN_NAMES } from './rating-format.js';
import { named, readLines } from './read-lines.js';

/** Type of every record of a feature. */
export const PROFILE_TYPE = 'profile';

export interface ProfileColumns {
  /** Columns that are features; all but the person's and the time's where absent. */
  readonly columns?: readonly string[];
  /** Seconds; of rows without a time. A label follows from it: give the same one to find the same records again. */
  readonly time?: number;
}

/** What a line says of a person: an entry a feature, without a purpose. */
export interface ProfileLine {
  readonly line: number;
  readonly stated: readonly Omit<InteractionEntry, 'purpose'>[] | Rejection;
}

interface Header {
  readonly delimiter: string;
  readonly count: number;
  readonly user: number;
  readonly time: number;
  readonly features: readonly { readonly name: string; readonly at: number }[];
}

/**
 * Reads a CSV with a header, plain or gzip: a person a line, a feature a column. The feature is called `column=value`; an empty field
 * states nothing.
 *
 * @throws IngestError FILE_…, FORMAT_UNKNOWN, COLUMN_MISSING, LINE_TOO_LONG
 */
export async function* readProfiles(file: string, options: ProfileColumns): AsyncGenerator<ProfileLine> {
  let header: Header | undefined;
  for await (const { firstLine, lines } of readLines(file)) {
    const from = header === undefined ? 1 : 0;
    header ??= headerOf(lines[0], file, options);
    for (let at = from; at < lines.length; at++)
      if (lines[at] !== '') yield { line: firstLine + at, stated: statedBy(lines[at], header, options) };
  }
}

function headerOf(line: string, file: string, { columns, time }: ProfileColumns): Header {
  const delimiter = [',', ';', '\t'].find((one) => line.includes(one));
  const names = delimiter === undefined ? undefined : splitLine(line, delimiter)?.map((name) => name.trim());
  if (delimiter === undefined || names === undefined)
    throw new IngestError('FORMAT_UNKNOWN', `${named(file)} is no table, going by line 1`, {
      facts: { line: 1 },
      nextStep: 'Give a file with a header line separated by commas, semicolons or tabs.',
    });
  const known = (field: 'user' | 'time'): number =>
    names.findIndex((name) => KNOWN_NAMES[field].includes(name.toLowerCase()));
  const [user, timeAt] = [known('user'), known('time')];
  if (user < 0) throw missing('user', names, file, 'Call the column of the person `user`.');
  if (timeAt < 0 && time === undefined)
    throw missing('time', names, file, 'Say with --profile-time since when all of it holds.');
  const wanted = columns ?? names.filter((_, at) => at !== user && at !== timeAt);
  const features = wanted.map((name) => ({ name, at: names.indexOf(name) }));
  const absent = features.find(({ at }) => at < 0);
  if (absent !== undefined) throw missing('feature', names, file, 'Name columns of the file.');
  return { delimiter, count: names.length, user, time: timeAt, features };
}

function missing(field: string, names: readonly string[], file: string, nextStep: string): IngestError {
  return new IngestError('COLUMN_MISSING', `${named(file)} lacks a column for the ${field}`, {
    facts: { line: 1, field },
    nextStep: `${nextStep} The columns are: ${names.slice(0, 20).join(', ')}.`,
  });
}

function statedBy(line: string, header: Header, { time }: ProfileColumns): ProfileLine['stated'] {
  const fields = splitLine(line, header.delimiter)?.map((field) => field.trim());
  if (fields === undefined || fields.length !== header.count) return { code: 'LINE_MALFORMED' };
  const written = header.time < 0 ? '' : fields[header.time];
  const at = written === '' ? time : parseTime(written);
  if (at === undefined) return { code: written === '' ? 'FIELD_MISSING' : 'TIME_MALFORMED', field: 'time' };
  return header.features
    .filter((feature) => fields[feature.at] !== '')
    .map((feature) => ({
      subject: fields[header.user],
      item: `${feature.name}=${fields[feature.at]}`,
      kind: 'feature',
      type: PROFILE_TYPE,
      time: at,
      value: 1,
    }));
}
