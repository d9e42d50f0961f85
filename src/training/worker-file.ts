import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { TrainingError } from './training-error.js';

// Beside this file when it runs from dist; tests run from the sources and use what the last build made.
const WORKER_FILES = ['./training.worker.js', '../../dist/src/training/training.worker.js'];

/** Path of the compiled worker. @throws TrainingError TRAINING_WORKER_NOT_BUILT */
export function workerFile(candidates: readonly string[] = WORKER_FILES): string {
  const found = candidates
    .map((file) => fileURLToPath(new URL(file, import.meta.url)))
    .find((file) => existsSync(file));
  if (found === undefined)
    throw new TrainingError('TRAINING_WORKER_NOT_BUILT', 'the compiled training worker is missing', {
      nextStep: 'Run `npm run build`.',
    });
  return found;
}
