import path from 'node:path';
import type { ModelFiles } from '#libs/contracts';
import { trainingCodeDigest } from '#platform/build';
import { LocalTrainer, TrainingPool } from '#stages/training';
import type { QueuedTrainer, TrainingInputs } from '#stages/training/queue';
import type { Trainer } from '#stages/unlearning';
import type { Backends } from './backends.js';
import type { Closers } from './closers.js';
import type { Stores } from './open-stores.js';
import type { InstallationOptions } from './options.js';

/** Below the data folder: records of jobs for workers on the same host. */
export const JOBS_FOLDER = 'jobs';

/** Who makes the parts of versions. */
export interface Trainers {
  readonly trainer: Trainer;
  /** Where workers do it. */
  readonly queued?: QueuedTrainer;
}

/**
 * Threads of this process, or workers where a Redis is named; its client is loaded only then.
 * @throws QueueError what is wrong with the Redis, and which setting helps
 */
export async function openTrainer(
  { folder, settings }: Pick<Stores, 'folder' | 'settings'>,
  files: ModelFiles,
  { threads, lentPool, backends = {}, onQueueTrouble, queueTiming }: InstallationOptions,
  closers: Closers,
): Promise<Trainers> {
  const pool = lentPool ?? new TrainingPool({ threads });
  closers.add(() => (pool === lentPool ? pool.settled() : pool.close()));
  const local = new LocalTrainer(pool, files);
  if (backends.redis === undefined) return { trainer: local };
  const { checkRedis, JobQueue, QueuedTrainer } = await import('#stages/training/queue');
  await checkRedis(backends.redis);
  const inputs = await openInputs(backends, path.join(folder.paths.root, JOBS_FOLDER));
  await inputs.keepOnly(new Set()); // what an interruption has left; a job that still needs its records gets them again
  const { installation } = settings;
  const queue = new JobQueue(
    { url: backends.redis, installation, codeDigest: trainingCodeDigest() },
    queueTiming,
  );
  const { patience } = backends;
  const fallback = patience === undefined ? undefined : { trainer: local, after: patience * 1000 };
  const queued = new QueuedTrainer({ queue, files, inputs, fallback, onTrouble: onQueueTrouble });
  closers.add(() => queued.close());
  return { trainer: queued, queued };
}

async function openInputs({ postgres }: Backends, folder: string): Promise<TrainingInputs> {
  const { FolderInputs, PostgresInputs } = await import('#stages/training/queue');
  return postgres === undefined ? new FolderInputs(folder) : PostgresInputs.open(postgres, 'keeps');
}
