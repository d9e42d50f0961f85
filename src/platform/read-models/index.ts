export { bigintText } from './bigint-text.js';
export { createIndexes, dropIndexes } from './bulk-fill.js';
export { inSlices, insertAll } from './insert-all.js';
export { openReadModels, type ReadModels, type ReadModelsOptions } from './read-models.js';
export { SingleWriter } from './single-writer.js';
