export { LocalTrainer } from './local-trainer.js';
export { ModelRegistry } from './model-registry.js';
export { holdsModelFiles, moveModelFiles } from './move-model-files.js';
export { ObjectModelFiles } from './object-model-files.js';
export {
  RegistryError,
  TrainingError,
  type RegistryErrorCode,
  type TrainingErrorCode,
} from './training-error.js';
export { TrainingPool, type TrainingPoolOptions } from './training-pool.js';
export { parsePatience } from './queue/patience.js';
