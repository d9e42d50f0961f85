import { rejectionError } from '../ingest-error.js';
import { checkContent, DEFAULT_RULES, type InteractionEntry } from '../interaction.js';
import { splitLine } from './csv-line.js';
import { detectFormat, parseRow, type RatingFormat, type RowDefaults } from './rating-format.js';
import { readLines } from './read-lines.js';

/** A row of a ratings file that is only looked at. */
export interface RatingRow {
  readonly entry: InteractionEntry;
  /** What the file's column `split` says; absent where it has none. */
  readonly part?: string;
  /** Whether the row has a time of its own. */
  readonly isTimed: boolean;
}

export type RatingsOptions = Pick<RowDefaults, 'type' | 'purpose'>;

/**
 * Reads the rows of a ratings file, plain or gzip, without recording anything; a row may lack a time. Times are taken as they stand:
 * a dataset may count them from 1.
 *
 * @throws IngestError FILE_…, FORMAT_UNKNOWN, COLUMN_MISSING, and the code of the first bad row with its line
 */
export async function* readRatings(file: string, options: RatingsOptions): AsyncGenerator<RatingRow> {
  let format: RatingFormat | undefined;
  let part = -1;
  for await (const { firstLine, lines } of readLines(file)) {
    if (format === undefined) {
      format = detectFormat(lines[0], file, { hasTimeDefault: true });
      part = format.hasHeader ? columnOf('split', lines[0], format) : -1;
    }
    for (let at = firstLine === 1 && format.hasHeader ? 1 : 0; at < lines.length; at++)
      if (lines[at] !== '') yield rowOf(lines[at], format, part, options, firstLine + at);
  }
}

function columnOf(name: string, header: string, { delimiter }: RatingFormat): number {
  return (splitLine(header, delimiter) ?? []).findIndex((column) => column.trim().toLowerCase() === name);
}

const UNTIMED = 0;

function rowOf(
  line: string,
  format: RatingFormat,
  part: number,
  options: RatingsOptions,
  number: number,
): RatingRow {
  const row = parseRow(line, format, { ...options, time: UNTIMED });
  if ('code' in row) throw rejectionError(row, { line: number });
  const bad = checkContent(row, DEFAULT_RULES);
  if (bad !== undefined) throw rejectionError(bad, { line: number });
  const isTimed = row.time !== UNTIMED;
  return part < 0 ? { entry: row, isTimed } : { entry: row, isTimed, part: partOf(line, format, part) };
}

function partOf(line: string, { delimiter }: RatingFormat, column: number): string | undefined {
  return splitLine(line, delimiter)?.[column]?.trim();
}
