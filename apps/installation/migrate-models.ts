import type { Swept } from '#libs/contracts';
import { openDataFolder } from '#platform/data-folder';
import { claimFor, openS3 } from '#platform/object-store';
import { moveModelFiles } from '#stages/training';
import { backendsOf } from './backends.js';
import { Closers } from './closers.js';
import { InstallationError } from './installation-error.js';
import { settingsOf } from './settings.js';

/**
 * Moves the model files of a data folder to the object store that `LACUNA_MODEL_STORE` names, reads every one of them back, and removes the
 * folder. It goes on where it broke off. The ledger's tiles go there by themselves at the next opening.
 *
 * @throws InstallationError MODEL_STORE_UNNAMED; ObjectStoreError OBJECT_STORE_…; RegistryError MODEL_FILE_DAMAGED
 */
export async function migrateModels(
  dataFolder: string,
  env: Readonly<Record<string, string | undefined>>,
  onProgress: (moved: Swept) => void = () => {},
): Promise<Swept> {
  const { models } = backendsOf(env);
  if (models === undefined)
    throw new InstallationError('MODEL_STORE_UNNAMED', 'there is no object store to migrate to', {
      nextStep: 'Name one in LACUNA_MODEL_STORE.',
    });
  const closers = new Closers();
  try {
    const folder = openDataFolder(dataFolder);
    closers.add(() => folder.release());
    const { installation } = await settingsOf(folder.paths.root, {});
    const objects = await openS3(models, 'keeps');
    closers.add(() => objects.close());
    await claimFor(objects, installation);
    return await moveModelFiles(folder.paths.models, objects, onProgress);
  } finally {
    await closers.close();
  }
}
