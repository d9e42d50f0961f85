export {
  openReadModels,
  ReadModelError,
  type ReadModelErrorCode,
  type ReadModelsOptions,
} from './open-read-models.js';
export { SingleWriter } from './single-writer.js';
