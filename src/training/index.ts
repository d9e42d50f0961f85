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
export { FolderInputs } from './queue/folder-inputs.js';
export { JobQueue, type JobProgress, type JobSight } from './queue/job-queue.js';
export { JobWorker, type JobWorkerParts, type ToldJob } from './queue/job-worker.js';
export { QueueError, type QueueErrorCode } from './queue/queue-error.js';
export { USUAL_TIMING, type QueuePlace, type QueueTiming } from './queue/queue-place.js';
export { QueuedTrainer, type Fallback, type QueuedTrainerParts } from './queue/queued-trainer.js';
export { checkRedis, parsePatience, type RedisWarning } from './queue/redis.js';
export { PostgresInputs } from './queue/postgres-inputs.js';
export type { TrainingInputs } from './queue/training-inputs.js';
