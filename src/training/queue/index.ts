export { FolderInputs } from './folder-inputs.js';
export { JobQueue, type JobProgress, type JobSight } from './job-queue.js';
export { JobWorker, type JobWorkerParts, type ToldJob } from './job-worker.js';
export { QueueError, type QueueErrorCode } from './queue-error.js';
export { USUAL_TIMING, type QueuePlace, type QueueTiming } from './queue-place.js';
export { QueuedTrainer, type Fallback, type QueuedTrainerParts } from './queued-trainer.js';
export { checkRedis, type RedisWarning } from './redis.js';
export { PostgresInputs } from './postgres-inputs.js';
export type { TrainingInputs } from './training-inputs.js';
