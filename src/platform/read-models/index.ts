export { createIndexes, dropIndexes } from './bulk-fill.js';
export type { Migration, ReadModelsDefinition } from './definition.js';
export { deleteAll, inSlices, insertAll } from './insert-all.js';
export { dropReadModels, migrateReadModels } from './postgres-maintenance.js';
export type { PostgresPlace } from './postgres-place.js';
export { isPassing, ReadModelsError, type ReadModelsErrorCode } from './read-models-error.js';
export { openReadModels, openReadModelsReader, type ReadModelsPlace } from './open-read-models.js';
export type { ReadModels, ReadModelsReader } from './read-models.js';
