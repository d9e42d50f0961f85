import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { syntheticDataset, type ImportProgress } from '#stages/ingest';
import type { Installation } from '../../installation/index.js';
import { DemoError } from './demo-error.js';

const RATINGS = ['ratings.csv.gz', 'ratings.csv', 'ratings.dat', 'u.data'];
const ITEMS = ['items.csv', 'movies.csv', 'movies.dat', 'u.item'];

export interface Imported {
  readonly interactions: number;
  readonly people: number;
  readonly items: number;
}

/** Imports the dataset of a folder, or an invented one of MovieLens-1M's shape when there is none. */
export async function importDemoData(
  installation: Installation,
  folder: string | undefined,
  onProgress: (progress: ImportProgress) => void,
): Promise<Imported> {
  const { ingest, settings } = installation;
  const newPeople = { purpose: settings.purpose, method: 'demo', evidenceReference: 'urn:lacuna:demo' };
  const policy = { onBadLine: 'stop', newPeople, onProgress } as const;
  if (folder === undefined) {
    const dataset = syntheticDataset();
    await ingest.catalogue.catalogue(dataset.items);
    const { recorded, enrolled } = await ingest.imports.importEntries(
      withPurpose(dataset.rows(), settings.purpose),
      policy,
    );
    return { interactions: recorded, people: enrolled, items: dataset.items.length };
  }
  const [file, items] = [RATINGS, ITEMS].map((names) => oneOf(folder, names));
  const summary = await ingest.imports.importRatings({
    ...policy,
    file,
    items,
    purpose: settings.purpose,
    type: 'rating',
  });
  return { interactions: summary.recorded, people: summary.enrolled, items: summary.items.catalogued };
}

function* withPurpose<Row>(rows: Iterable<Row>, purpose: string): Generator<Row & { purpose: string }> {
  for (const row of rows) yield { ...row, purpose };
}

function oneOf(folder: string, names: readonly string[]): string {
  const there = new Set(existsSync(folder) ? readdirSync(folder) : []);
  const name = names.find((candidate) => there.has(candidate));
  if (name === undefined)
    throw new DemoError('DEMO_DATA_UNSUITABLE', 'the folder of the dataset lacks a file', {
      facts: { folder: path.basename(folder) },
      nextStep: `Give it one of ${names.join(', ')}.`,
    });
  return path.join(folder, name);
}
