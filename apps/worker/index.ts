export { registerWorker } from './command.js';
export { openWorker, type OpenWorker, type WorkerOptions } from './open-worker.js';
export { WorkerError, type WorkerErrorCode } from './worker-error.js';
