import path from 'node:path';
import { syntheticDataset, type ImportProgress } from '#stages/ingest';
import { DATASET_FILES, datasetFile } from '../../evaluation/index.js';
import type { Installation } from '../../installation/index.js';
import { DemoError } from './demo-error.js';

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
  const [file, items] = (['ratings', 'items'] as const).map((what) => oneOf(folder, what));
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

function oneOf(folder: string, what: 'ratings' | 'items'): string {
  const file = datasetFile(folder, what);
  if (file === undefined)
    throw new DemoError('DEMO_DATA_UNSUITABLE', 'the folder of the dataset lacks a file', {
      facts: { folder: path.basename(folder) },
      nextStep: `Give it one of ${DATASET_FILES[what].join(', ')}.`,
    });
  return file;
}
