import type { ReadModelsDefinition } from './definition.js';
import type { PostgresPlace } from './postgres-place.js';
import { openPostgresReader, openPostgresReadModels } from './postgres-read-models.js';
import type { ReadModels, ReadModelsReader } from './read-models.js';
import { openSqliteReader, openSqliteReadModels } from './sqlite-read-models.js';

/** A file of SQLite, or a schema of PostgreSQL. */
export type ReadModelsPlace = { readonly file: string } | PostgresPlace;

/**
 * Opens the read models. A file that is missing, damaged, or of another schema starts empty, and so does a schema of PostgreSQL that is not
 * there; one that is older or newer is refused, for filling it again may take hours.
 *
 * @throws ReadModelsError on PostgreSQL, naming LACUNA_POSTGRES_URL and what to do
 *
 * @example
 * const models = await openReadModels(PROJECTIONS, { file: paths.readModels });
 */
export function openReadModels(
  definition: ReadModelsDefinition,
  place: ReadModelsPlace,
): Promise<ReadModels> {
  return 'file' in place
    ? openSqliteReadModels(definition, place.file)
    : openPostgresReadModels(definition, place);
}

/**
 * Opens read models that another process writes.
 * @throws ReadModelsError READ_MODELS_ABSENT until that process has made them
 */
export function openReadModelsReader(
  definition: ReadModelsDefinition,
  place: ReadModelsPlace,
): Promise<ReadModelsReader> {
  return 'file' in place ? openSqliteReader(definition, place.file) : openPostgresReader(definition, place);
}
