import { existsSync } from 'node:fs';
import path from 'node:path';
import { InstallationError } from './installation-error.js';

/** For what works on an installation and must never begin one. @throws InstallationError INSTALLATION_MISSING */
export function requireInstallation(folder: string): void {
  for (const file of ['lacuna.json', 'vault.db'])
    if (!existsSync(path.join(folder, file)))
      throw new InstallationError('INSTALLATION_MISSING', 'there is no installation in that folder', {
        facts: { missing: file },
        nextStep: 'Name the data folder: --data-folder, or LACUNA_DATA_FOLDER.',
      });
}
