import path from 'node:path';
import type { InteractionRecord } from '#libs/contracts';
import { EvaluationError, type Dataset, type People } from '#libs/evaluation';
import { readItems, readLines, readProfiles, readRatings, rejectionError } from '#stages/ingest';
import { DATASET_FILES, datasetFile } from './dataset-files.js';

/** Records of each person while a file is read. */
type Growing = Map<string, InteractionRecord[]>;

const ROW = { type: 'rating', purpose: 'evaluation' }; // a purpose is needed to read a row, and not kept
const TEST_PARTS: readonly string[] = ['test'];
const TRAIN_PARTS: readonly string[] = ['train', 'valid', 'validation'];

/**
 * Reads a folder: ratings (ratings.csv[.gz] with a header, ratings.dat, u.data) with an items file beside them, or train.txt[.gz] and
 * test.txt[.gz] with lines `user item item …`. Rows stand in each person's true order where all of them have a time; else nobody
 * knows the order. A column `split` makes parts.
 *
 * @param profileColumns of users.csv: features of people; none are read where absent
 * @throws EvaluationError DATA_FILE_MISSING, SPLIT_PART_UNKNOWN; IngestError naming the line
 */
export async function readDataset(folder: string, profileColumns?: readonly string[]): Promise<Dataset> {
  const ratings = datasetFile(folder, 'ratings');
  const records = ratings === undefined ? await readParts(folder) : await readRows(ratings);
  const catalogue = await readCatalogue(folder, records.people);
  const profiles = profileColumns && { profiles: await readPeople(folder, profileColumns) };
  return { name: path.basename(path.resolve(folder)), ...catalogue, ...records, ...profiles };
}

/** Features are those that anybody has: nobody else names them here, as a catalogue would. */
async function readPeople(folder: string, columns: readonly string[]): Promise<Dataset['profiles']> {
  const file = datasetFile(folder, 'users');
  if (file === undefined)
    throw new EvaluationError('DATA_FILE_MISSING', 'the folder says nothing of people', {
      facts: { folder: path.basename(folder) },
      nextStep: `Give it ${DATASET_FILES.users.join(' or ')}, or leave --profiles away.`,
    });
  const people: Growing = new Map();
  for await (const { line, stated } of readProfiles(file, { columns, time: 0 })) {
    if ('code' in stated) throw rejectionError(stated, { line });
    for (const { subject, item, type, time, value } of stated)
      add(people, subject, { item, type, time, value });
  }
  const features = new Set([...people.values()].flatMap((records) => records.map(({ item }) => item)));
  return { features: [...features], people };
}

type Records = Pick<Dataset, 'people' | 'isInOrder' | 'given'>;

async function readRows(file: string): Promise<Records> {
  const people: Growing = new Map();
  const parts = { train: new Map() as Growing, test: new Map() as Growing };
  let hasParts = false;
  let rows = 0;
  let timedRows = 0;
  for await (const { entry, part, isTimed: timed } of readRatings(file, ROW)) {
    const { subject, item, type, time, value } = entry;
    const record = { item, type, time, value };
    add(people, subject, record);
    if (part !== undefined) add(parts[nameOfPart(part)], subject, record);
    hasParts ||= part !== undefined;
    rows++;
    if (timed) timedRows++;
  }
  return { people, isInOrder: rows === timedRows, given: hasParts ? parts : undefined };
}

function nameOfPart(part: string): 'train' | 'test' {
  if (TEST_PARTS.includes(part)) return 'test';
  if (TRAIN_PARTS.includes(part)) return 'train';
  throw new EvaluationError('SPLIT_PART_UNKNOWN', 'the column split says something else than train or test', {
    nextStep: `Say one of: ${[...TRAIN_PARTS, ...TEST_PARTS].join(', ')}.`,
  });
}

async function readParts(folder: string): Promise<Records> {
  const [train, test] = (['train', 'test'] as const).map((what) => datasetFile(folder, what));
  if (train === undefined || test === undefined)
    throw new EvaluationError('DATA_FILE_MISSING', 'the folder holds no dataset', {
      facts: { folder: path.basename(folder) },
      nextStep: `Give it one of ${DATASET_FILES.ratings.join(', ')}, or train.txt and test.txt.`,
    });
  const given = { train: await readLists(train), test: await readLists(test) };
  const people: Growing = new Map();
  for (const part of [given.train, given.test])
    for (const [person, records] of part) for (const record of records) add(people, person, record);
  return { people, isInOrder: false, given };
}

/** Lines `user item item …`; such a file has neither times nor values. */
async function readLists(file: string): Promise<People> {
  const people: Growing = new Map();
  for await (const { lines } of readLines(file))
    for (const line of lines) {
      const [person, ...items] = line.split(' ').filter((word) => word !== '');
      for (const item of items) add(people, person, { item, type: ROW.type, time: 0, value: 1 });
    }
  return people;
}

function add(people: Growing, person: string, record: InteractionRecord): void {
  const records = people.get(person);
  if (records) records.push(record);
  else people.set(person, [record]);
}

/** The items file, and what the records name besides. */
async function readCatalogue(folder: string, people: People): Promise<Pick<Dataset, 'items' | 'categories'>> {
  const file = datasetFile(folder, 'items');
  const catalogue = new Map<string, readonly string[]>();
  if (file !== undefined)
    for (const { item, categories } of await readItems(file)) catalogue.set(item, categories);
  for (const records of people.values())
    for (const { item } of records) if (!catalogue.has(item)) catalogue.set(item, []);
  return { items: [...catalogue.keys()], categories: [...catalogue.values()] };
}
