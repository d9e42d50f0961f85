export { ModelRegistry } from './model-registry.js';
export {
  RegistryError,
  TrainingError,
  type RegistryErrorCode,
  type TrainingErrorCode,
} from './training-error.js';
export { TrainingPool, type TrainingPoolOptions } from './training-pool.js';
