import { openDataFolder, type DataPaths } from '#platform/data-folder';
import { KekCustody, keyWrapperFor, type Environment } from '#stages/vault';
import { requireInstallation } from './require-installation.js';
import { settingsOf } from './settings.js';

/** Where the key-encryption key comes from. */
export interface KekOptions {
  /** Value of LACUNA_KEK. */
  readonly kek?: string;
  /** Value of LACUNA_KEK_NEXT; for a rotation only. */
  readonly kekNext?: string;
  /** Holds VAULT_ADDR and the like, where a HashiCorp Vault keeps the key. */
  readonly environment?: Environment;
}

/** What the environment of a process says about the key-encryption key. */
export function kekOptionsOf(env: Environment): KekOptions {
  return { kek: env.LACUNA_KEK, kekNext: env.LACUNA_KEK_NEXT, environment: env };
}

/** @param installation its id; absent where only reading is wanted */
export function kekCustodyOf(
  paths: Pick<DataPaths, 'kek' | 'wrappedKek' | 'vault'>,
  { kek, kekNext, environment = {} }: KekOptions,
  installation?: string,
): KekCustody {
  return new KekCustody({
    places: { file: paths.kek, wrappedFile: paths.wrappedKek, vaultFile: paths.vault },
    env: kek,
    envNext: kekNext,
    installation,
    wrapperFor: (address) => keyWrapperFor(address, environment),
  });
}

/**
 * Works on the keys of a data folder that nobody else has open.
 *
 * @throws InstallationError INSTALLATION_MISSING, DataFolderError DATA_FOLDER_IN_USE
 */
export async function withKekCustody<T>(
  folder: string,
  options: KekOptions,
  work: (custody: KekCustody, paths: DataPaths) => Promise<T>,
): Promise<T> {
  requireInstallation(folder);
  const { paths, release } = openDataFolder(folder);
  try {
    const { installation } = await settingsOf(paths.root, {});
    return await work(kekCustodyOf(paths, options, installation), paths);
  } finally {
    release();
  }
}
