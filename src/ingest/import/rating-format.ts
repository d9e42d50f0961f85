import { IngestError, type Rejection } from '../ingest-error.js';
import type { InteractionEntry } from '../interaction.js';
import { parseTime } from '../parse-time.js';
import { splitLine } from './csv-line.js';
import { named } from './read-lines.js';

/** What a row of a ratings file can hold. */
export type RatingField = 'user' | 'item' | 'value' | 'time' | 'type';

/** Header name of each field, as `--columns user=customer,item=sku` gives it. */
export type ColumnNames = Partial<Readonly<Record<RatingField, string>>>;

export interface RatingFormat {
  readonly name: 'movielens-dat' | 'movielens-tab' | 'csv';
  readonly delimiter: string;
  readonly hasHeader: boolean;
  readonly fieldCount: number;
  /** Index of each field in the row. */
  readonly columns: Partial<Readonly<Record<RatingField, number>>>;
}

/** What the rows do not say. */
export interface RowDefaults {
  readonly type: string;
  readonly purpose: string;
  /** Seconds; for data without times. */
  readonly time?: number;
}

// MovieLens README files: ratings.dat is UserID::MovieID::Rating::Timestamp, u.data the same with tabs.
const POSITIONS = { user: 0, item: 1, value: 2, time: 3 };
const FIXED: readonly RatingFormat[] = [
  { name: 'movielens-dat', delimiter: '::', hasHeader: false, fieldCount: 4, columns: POSITIONS },
  { name: 'movielens-tab', delimiter: '\t', hasHeader: false, fieldCount: 4, columns: POSITIONS },
];

export const KNOWN_NAMES: Readonly<Record<RatingField, readonly string[]>> = {
  user: ['user', 'userid', 'user_id', 'subject'],
  item: ['item', 'itemid', 'item_id', 'movieid', 'movie_id'],
  value: ['rating', 'value', 'score', 'weight'],
  time: ['timestamp', 'time', 'ts', 'date'],
  type: ['type', 'event', 'event_type'],
};
const FIELDS = Object.keys(KNOWN_NAMES) as RatingField[];

/** Reads `user=a,item=b,…` of the command line. @throws IngestError COLUMNS_MALFORMED */
export function parseColumnNames(text: string): ColumnNames {
  const names: Partial<Record<RatingField, string>> = {};
  for (const pair of text.split(',')) {
    const [field, name, ...more] = pair.split('=');
    const known = FIELDS.find((one) => one === field.trim());
    if (known === undefined || !name?.trim() || more.length > 0 || names[known] !== undefined)
      throw new IngestError('COLUMNS_MALFORMED', '--columns is not of the form user=NAME,item=NAME,…', {
        nextStep: `Name each of ${FIELDS.join(', ')} at most once; user and item at least.`,
      });
    names[known] = name.trim();
  }
  return names;
}

export interface FormatOptions {
  /** Default: told by the first line. */
  readonly format?: RatingFormat['name'];
  readonly columns?: ColumnNames;
  readonly hasTimeDefault: boolean;
}

function fits(line: string, { delimiter, fieldCount }: RatingFormat): boolean {
  const fields = line.split(delimiter);
  return fields.length === fieldCount && /^\d+(\.\d+)?$/.test(fields[POSITIONS.value]);
}

/**
 * Tells the format by the first line: MovieLens `::` or tabs, else a delimited file with a header.
 *
 * @throws IngestError COLUMN_MISSING, FORMAT_UNKNOWN
 */
export function detectFormat(firstLine: string, file: string, options: FormatOptions): RatingFormat {
  const fixed = FIXED.find((format) =>
    options.format === undefined
      ? options.columns === undefined && fits(firstLine, format)
      : format.name === options.format,
  );
  if (fixed !== undefined) return fixed;
  const delimiter = [',', ';', '\t'].find((one) => firstLine.includes(one));
  const header = delimiter === undefined ? undefined : splitLine(firstLine, delimiter);
  if (delimiter === undefined || header === undefined)
    throw new IngestError('FORMAT_UNKNOWN', `${named(file)} is not of a known format, going by line 1`, {
      facts: { line: 1 },
      nextStep:
        'Give ratings.dat, u.data, or a file with a header line separated by commas, semicolons or tabs.',
    });
  const columns = locate(header, file, options);
  return { name: 'csv', delimiter, hasHeader: true, fieldCount: header.length, columns };
}

function locate(
  header: readonly string[],
  file: string,
  { columns, hasTimeDefault }: FormatOptions,
): RatingFormat['columns'] {
  const lower = header.map((name) => name.trim().toLowerCase());
  const found: Partial<Record<RatingField, number>> = {};
  for (const field of FIELDS) {
    const names = columns === undefined ? KNOWN_NAMES[field] : [columns[field]?.toLowerCase()];
    const at = lower.findIndex((name) => names.includes(name));
    if (at >= 0) found[field] = at;
    else if (isNeeded(field, columns, hasTimeDefault))
      throw columnMissing(field, columns?.[field], header, file);
  }
  return found;
}

/** Without `--columns` a value column is expected; with it, leaving the value out means 1 for every row. */
function isNeeded(field: RatingField, columns: ColumnNames | undefined, hasTimeDefault: boolean): boolean {
  if (columns?.[field] !== undefined) return true;
  switch (field) {
    case 'user':
    case 'item':
      return true;
    case 'value':
      return columns === undefined;
    case 'time':
      return !hasTimeDefault;
    case 'type':
      return false;
  }
}

function columnMissing(
  field: RatingField,
  name: string | undefined,
  header: readonly string[],
  file: string,
) {
  const what =
    name === undefined
      ? `No column of ${named(file)} is known as the ${field}`
      : `${named(file)} has no column ${name}`;
  const timeHint = field === 'time' ? ' Or give --time-default when the data has no times.' : '';
  return new IngestError('COLUMN_MISSING', what, {
    facts: { line: 1, field },
    nextStep: `Name it with --columns ${field}=NAME; the columns are: ${header.slice(0, 20).join(', ')}.${timeHint}`,
  });
}

/** Reads one row; the values are checked later, by the rules that hold for every way in. */
export function parseRow(
  line: string,
  format: RatingFormat,
  defaults: RowDefaults,
): InteractionEntry | Rejection {
  const { columns } = format;
  const fields = splitLine(line, format.delimiter);
  if (fields === undefined || fields.length !== format.fieldCount) return { code: 'LINE_MALFORMED' };
  const time = readTime(columns.time === undefined ? '' : fields[columns.time].trim(), defaults);
  if (typeof time !== 'number') return time;
  const value = columns.value === undefined ? 1 : readValue(fields[columns.value]);
  if (typeof value !== 'number') return value;
  return {
    subject: fields[columns.user!].trim(),
    item: fields[columns.item!].trim(),
    type: columns.type === undefined ? defaults.type : fields[columns.type].trim(),
    time,
    value,
    purpose: defaults.purpose,
  };
}

function readTime(text: string, defaults: RowDefaults): number | Rejection {
  if (text === '') return defaults.time ?? { code: 'FIELD_MISSING', field: 'time' };
  return parseTime(text) ?? { code: 'TIME_MALFORMED', field: 'time' };
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

function readValue(text: string): number | Rejection {
  const trimmed = text.trim();
  if (trimmed === '') return { code: 'FIELD_MISSING', field: 'value' };
  return DECIMAL.test(trimmed) ? Number(trimmed) : { code: 'VALUE_MALFORMED', field: 'value' };
}
