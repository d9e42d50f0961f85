import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { mergeReplayed, type ReplayedRecords } from '#libs/verification';
import {
  toError,
  type FoldRefusal,
  type ReplayFoldJob,
  type ReplayFoldMessage,
  type ReplayFoldTask,
} from './replay-fold-message.js';
import { ReplayError } from './replay-error.js';

/** Each reads the whole log to fold its share of the people, so that more of them would mostly read. */
const MOST_THREADS = 8;
/** Megabytes; what an event leaves behind is much, and dead soon. */
const YOUNG_GENERATION = 96;

// Beside this file when it runs from dist; tests run from the sources and use what the last build made.
const WORKER_FILES = ['./replay-fold.worker.js', '../../dist/apps/replay/replay-fold.worker.js'];

type FoldEnd = Exclude<ReplayFoldMessage, { readonly read: number }>;

/**
 * Folds a log in threads, a share of the people in each. What comes of it is the same whatever their number: of several events that are
 * refused, the first one of the log is told.
 *
 * @param threads one a processor unless said otherwise
 * @throws ReplayError REPLAY_WORKER_NOT_BUILT, and what opening the files and ReplayDataset.apply throw, with the same codes
 */
export async function foldInThreads(
  job: ReplayFoldJob,
  onEvents: (events: number, isAll: boolean) => void,
  threads = availableParallelism(),
): Promise<ReplayedRecords> {
  const of = Math.min(threads, MOST_THREADS);
  const file = workerFile();
  const workers: Worker[] = [];
  const foldShare = (part: number): Promise<FoldEnd> => {
    const workerData: ReplayFoldTask = { ...job, share: { part, of } };
    const worker = new Worker(file, {
      workerData,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION },
    });
    workers.push(worker);
    return endOf(worker, (events) => {
      if (part === 0) onEvents(events, false); // all read the same ones
    });
  };
  try {
    const ends = await Promise.all(Array.from({ length: of }, (_, part) => foldShare(part)));
    const refused = firstRefusal(ends);
    if (refused !== undefined) throw toError(refused.refusal);
    const shares = ends.filter((end) => 'folded' in end);
    onEvents(shares[0].events, true);
    return mergeReplayed(shares.map(({ folded }) => folded));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function endOf(worker: Worker, onRead: (events: number) => void): Promise<FoldEnd> {
  return new Promise((resolve, reject) => {
    worker.on('message', (message: ReplayFoldMessage) =>
      'read' in message ? onRead(message.read) : resolve(message),
    );
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`a thread that folds ended with ${code}`))); // nobody hears it after an answer
  });
}

function firstRefusal(ends: readonly FoldEnd[]): FoldRefusal | undefined {
  return ends
    .filter((end) => 'refusal' in end)
    .reduce<FoldRefusal | undefined>(
      (first, one) => (first === undefined || one.at < first.at ? one : first),
      undefined,
    );
}

function workerFile(): string {
  const found = WORKER_FILES.map((file) => fileURLToPath(new URL(file, import.meta.url))).find(existsSync);
  if (found !== undefined) return found;
  throw new ReplayError('REPLAY_WORKER_NOT_BUILT', 'the compiled worker of replays is missing', {
    nextStep: 'Run `npm run build`.',
  });
}
