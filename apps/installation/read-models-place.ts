import type { ReadModelsPlace } from '#platform/read-models';
import type { Backends } from './backends.js';
import type { Settings } from './settings.js';

/** Where read models are kept: on PostgreSQL where an address is named, else in a file of the data folder. */
export function readModelsPlace(
  file: string,
  { installation }: Pick<Settings, 'installation'>,
  { postgres }: Backends = {},
): ReadModelsPlace {
  return postgres === undefined ? { file } : { url: postgres, installation };
}
