import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import type { FoldedInteractions, InteractionFold } from '#stages/projections';
import { InstallationError } from './installation-error.js';
import {
  toError,
  unpackFold,
  type FoldAnswer,
  type FoldFiles,
  type FoldTask,
} from './interaction-fold-message.js';

/** The thread that applies what is folded keeps up with about this many. */
const MOST_THREADS = 4;
/** A window for each thread, and one that waits for it. */
const WINDOWS_A_THREAD = 2;
/** Megabytes; what lives long in a thread is little, what a window leaves behind is much. */
const YOUNG_GENERATION = 96;

// Beside this file when it runs from dist; tests run from the sources and use what the last build made.
const WORKER_FILES = [
  './interaction-fold.worker.js',
  '../../dist/apps/installation/interaction-fold.worker.js',
];

/**
 * Folds windows in threads, each with connections of its own that only read. It is the fold of src/projections, elsewhere: what comes back is
 * the same whatever the number of threads. Threads start with the first window and end with `release`; until then a key that is destroyed
 * meanwhile may lie in their memory.
 */
export class InteractionFoldPool implements InteractionFold {
  readonly windowsAhead: number;
  private readonly threads: number;
  private pool: Piscina<FoldTask, FoldAnswer> | undefined;

  constructor(
    private readonly files: FoldFiles,
    threads = availableParallelism(),
  ) {
    this.threads = Math.min(threads, MOST_THREADS);
    this.windowsAhead = WINDOWS_A_THREAD * this.threads;
  }

  /** @throws InstallationError FOLD_WORKER_NOT_BUILT, and what opening the files and the payloads throws, with the same codes */
  async fold(after: bigint, upTo: bigint): Promise<FoldedInteractions> {
    this.pool ??= this.start();
    const answer = await this.pool.run({ after, upTo });
    if ('refusal' in answer) throw toError(answer.refusal);
    return unpackFold(answer.folded);
  }

  /** Windows that no thread has begun are given up, the others are waited for. */
  async release(): Promise<void> {
    const { pool } = this;
    this.pool = undefined;
    await pool?.close({ force: true });
  }

  private start(): Piscina<FoldTask, FoldAnswer> {
    return new Piscina<FoldTask, FoldAnswer>({
      filename: workerFile(),
      workerData: this.files,
      minThreads: this.threads,
      maxThreads: this.threads,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION },
    });
  }
}

function workerFile(): string {
  const found = WORKER_FILES.map((file) => fileURLToPath(new URL(file, import.meta.url))).find((file) =>
    existsSync(file),
  );
  if (found !== undefined) return found;
  throw new InstallationError('FOLD_WORKER_NOT_BUILT', 'the compiled worker of projections is missing', {
    nextStep: 'Run `npm run build`.',
  });
}
