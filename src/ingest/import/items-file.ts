import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { IngestError } from '../ingest-error.js';
import type { CataloguedItem } from '../ingest-state.js';
import { named } from './read-lines.js';

const MAX_BYTES = 512 * 1024 * 1024; // a catalogue is held in memory; the file is chosen by whoever runs the import

// MovieLens 100K, u.genre: the flags at the end of a line of u.item, in this order.
const U_ITEM_GENRES = [
  'unknown',
  'Action',
  'Adventure',
  'Animation',
  "Children's",
  'Comedy',
  'Crime',
  'Documentary',
  'Drama',
  'Fantasy',
  'Film-Noir',
  'Horror',
  'Musical',
  'Mystery',
  'Romance',
  'Sci-Fi',
  'Thriller',
  'War',
  'Western',
];
const NO_GENRES = '(no genres listed)'; // movies.csv of MovieLens 20M and later

const ITEM_COLUMNS = ['item', 'itemid', 'item_id', 'movieid', 'movie_id', 'feature', 'id'];
const TITLE_COLUMNS = ['title', 'name'];
const CATEGORY_COLUMNS = ['categories', 'genres', 'tags', 'top_tag_ids', 'attributes'];

/**
 * Reads a catalogue: `movies.dat` (`::`), `u.item` (`|`), or a CSV with a header that has an item column, optionally a title and
 * a column of categories separated by `|`; plain or gzip. MovieLens's own files may be Latin-1.
 *
 * @throws IngestError FILE_NOT_FOUND, FILE_UNREADABLE, FILE_EMPTY, FILE_TRUNCATED, FILE_DAMAGED, COLUMN_MISSING, LINE_MALFORMED
 */
export async function readItems(file: string): Promise<readonly CataloguedItem[]> {
  const text = decode(await readContent(file));
  if (text.trim() === '')
    throw new IngestError('FILE_EMPTY', `${named(file)} is empty`, {
      nextStep: 'Check that the file was written and copied completely.',
    });
  const firstLine = text.slice(0, text.indexOf('\n'));
  if (firstLine.split('::').length === 3) return parseLines(text, file, movieOfDat);
  if (firstLine.split('|').length === 5 + U_ITEM_GENRES.length) return parseLines(text, file, movieOfUItem);
  return parseCsv(text, file);
}

async function readContent(file: string): Promise<Buffer> {
  try {
    const { size } = await stat(file);
    if (size > MAX_BYTES) throw tooLarge(file);
    const bytes = await readFile(file);
    return bytes[0] === 0x1f && bytes[1] === 0x8b
      ? await promisify(gunzip)(bytes, { maxOutputLength: MAX_BYTES })
      : bytes;
  } catch (error) {
    throw error instanceof IngestError ? error : unreadable(error, file);
  }
}

function unreadable(cause: unknown, file: string): IngestError {
  const reason = (cause as NodeJS.ErrnoException).code ?? '';
  const again = 'Get the file again, then repeat the import.';
  if (reason === 'ENOENT')
    return new IngestError('FILE_NOT_FOUND', `There is no file ${named(file)}`, {
      nextStep: 'Check the path.',
      cause,
    });
  if (reason === 'Z_BUF_ERROR')
    return new IngestError('FILE_TRUNCATED', `${named(file)} ends in the middle of its gzip stream`, {
      nextStep: again,
      cause,
    });
  if (reason.startsWith('Z_'))
    return new IngestError('FILE_DAMAGED', `The gzip stream of ${named(file)} is damaged`, {
      nextStep: again,
      cause,
    });
  if (reason === 'ERR_BUFFER_TOO_LARGE') return tooLarge(file);
  return new IngestError('FILE_UNREADABLE', `${named(file)} cannot be read (${reason || 'unknown reason'})`, {
    nextStep: 'Check that it is a file and that this user may read it.',
    cause,
  });
}

const tooLarge = (file: string) =>
  new IngestError('FILE_UNREADABLE', `${named(file)} is larger than 512 MiB`, {
    nextStep: 'Split the catalogue into several files and import them one after the other.',
  });

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return bytes.toString('latin1');
  }
}

function parseLines(
  text: string,
  file: string,
  parseLine: (line: string) => CataloguedItem | undefined,
): CataloguedItem[] {
  const items: CataloguedItem[] = [];
  text.split(/\r?\n/).forEach((line, at) => {
    if (line === '') return;
    const item = parseLine(line);
    if (item === undefined) throw lineMalformed(file, at + 1);
    items.push(item);
  });
  return items;
}

function movieOfDat(line: string): CataloguedItem | undefined {
  const fields = line.split('::');
  if (fields.length !== 3 || fields[0] === '') return undefined;
  return { item: fields[0], title: fields[1], categories: splitCategories(fields[2]) };
}

function movieOfUItem(line: string): CataloguedItem | undefined {
  const fields = line.split('|');
  if (fields.length !== 5 + U_ITEM_GENRES.length || fields[0] === '') return undefined;
  const categories = U_ITEM_GENRES.filter((_, at) => fields[5 + at] === '1');
  return { item: fields[0], title: fields[1], categories };
}

function parseCsv(text: string, file: string): CataloguedItem[] {
  const [header, ...rows] = parseRows(text, file);
  const column = (names: readonly string[]) => {
    const lower = header.map((name) => name.trim().toLowerCase());
    return names.map((name) => lower.indexOf(name)).find((at) => at >= 0);
  };
  const item = column(ITEM_COLUMNS);
  if (item === undefined)
    throw new IngestError('COLUMN_MISSING', `${named(file)} has no column of item ids`, {
      facts: { line: 1, field: 'item' },
      nextStep: `Call the column one of ${ITEM_COLUMNS.join(', ')}; the columns are: ${header.slice(0, 20).join(', ')}.`,
    });
  const title = column(TITLE_COLUMNS);
  const categories = column(CATEGORY_COLUMNS);
  return rows.map((fields) => ({
    item: fields[item],
    title: title === undefined ? fields[item] : fields[title],
    categories: categories === undefined ? [] : splitCategories(fields[categories]),
  }));
}

function parseRows(text: string, file: string): string[][] {
  try {
    return parse(text, { skip_empty_lines: true, trim: true });
  } catch (cause) {
    throw lineMalformed(file, (cause as { lines?: number }).lines ?? 1, cause);
  }
}

const splitCategories = (text: string) =>
  text === NO_GENRES ? [] : text.split('|').filter((category) => category !== '');

function lineMalformed(file: string, line: number, cause?: unknown): IngestError {
  return new IngestError(
    'LINE_MALFORMED',
    `Line ${line} of ${named(file)} does not have the form of an item`,
    {
      facts: { line },
      nextStep: `Give ${path.extname(file) === '.dat' ? 'ITEM::TITLE::CATEGORY|CATEGORY' : 'as many fields as the header has'}.`,
      cause,
    },
  );
}
