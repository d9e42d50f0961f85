export { openWorker, type OpenWorker, type WorkerOptions } from './open-worker.js';
export { runWorker, type WorkerFlags } from './run-worker.js';
export { WorkerError, type WorkerErrorCode } from './worker-error.js';
