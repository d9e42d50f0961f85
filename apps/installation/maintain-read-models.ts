import { rmSync } from 'node:fs';
import { openDataFolder } from '#platform/data-folder';
import { dropReadModels, migrateReadModels as migrate, type ReadModelsPlace } from '#platform/read-models';
import { LEDGER_INDEX } from '#stages/explorer';
import { PROJECTIONS } from '#stages/projections';
import type { InstallationOptions } from './options.js';
import { readModelsPlace } from './read-models-place.js';
import { requireInstallation } from './require-installation.js';
import { settingsOf } from './settings.js';

type Whose = Pick<InstallationOptions, 'folder' | 'backends'>;

/** Brings read models of an earlier release to this one. Files need it not: they start empty. @returns names of the migrations taken */
export function migrateReadModels(whose: Whose): Promise<readonly string[]> {
  return withPlaces(whose, async (places) => {
    const taken: string[] = [];
    for (const [definition, place] of places)
      if (!('file' in place)) taken.push(...(await migrate(definition, place)));
    return taken;
  });
}

/** Drops the read models; the next start fills them from the events. */
export function resetReadModels(whose: Whose): Promise<void> {
  return withPlaces(whose, async (places) => {
    for (const [, place] of places) if ('file' in place) dropFiles(place.file);
    const [, place] = places[0];
    if (!('file' in place)) await dropReadModels([PROJECTIONS, LEDGER_INDEX], place);
  });
}

function dropFiles(file: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
}

/** While nobody else works in the data folder. */
async function withPlaces<T>(
  { folder, backends }: Whose,
  work: (places: readonly [typeof PROJECTIONS, ReadModelsPlace][]) => Promise<T>,
): Promise<T> {
  requireInstallation(folder);
  const { paths, release } = openDataFolder(folder);
  try {
    const settings = await settingsOf(paths.root, {});
    return await work([
      [PROJECTIONS, readModelsPlace(paths.readModels, settings, backends)],
      [LEDGER_INDEX, readModelsPlace(paths.ledgerIndex, settings, backends)],
    ]);
  } finally {
    release();
  }
}
