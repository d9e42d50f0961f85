import path from 'node:path';
import type { ModelFiles } from '#libs/contracts';
import { isCodedError } from '#libs/essentials';
import { trainingCodeDigest } from '#platform/build';
import { pathsIn } from '#platform/data-folder';
import { openS3, ownerOf, type S3Address } from '#platform/object-store';
import { ModelRegistry, ObjectModelFiles, TrainingPool } from '#stages/training';
import {
  checkRedis,
  FolderInputs,
  JobWorker,
  PostgresInputs,
  type JobWorkerParts,
  type QueueTiming,
  type RedisWarning,
  type TrainingInputs,
} from '#stages/training/queue';
import { installationIdOf, JOBS_FOLDER, type Backends } from '../installation/index.js';
import { WorkerError } from './worker-error.js';

export interface WorkerOptions extends Pick<JobWorkerParts, 'name' | 'onJob' | 'onTrouble'> {
  /** Where files and records are: addresses, or the data folder of an installation on this very host. */
  readonly backends: Backends;
  readonly dataFolder?: string;
  /** Jobs at a time. */
  readonly concurrency: number;
  /** Threads that train; default: one a job. */
  readonly threads?: number;
  readonly timing?: Partial<QueueTiming>;
}

export interface OpenWorker {
  readonly jobs: JobWorker;
  /** What is unusual, and does not keep it from working. */
  readonly warnings: readonly RedisWarning[];
  readonly installation: string;
  readonly codeDigest: string;
  /** Takes no more jobs, and gives back what has not ended after some milliseconds. */
  close(grace: number): Promise<void>;
}

interface Place {
  readonly files: Pick<ModelFiles, 'get' | 'put'>;
  readonly installation: string | undefined;
  readonly close: () => void;
}

/**
 * Opens a worker: it needs the queue, the model files and the records of jobs, and neither keys nor events (docs/decisions/0034).
 *
 * @throws WorkerError naming the setting that is missing; QueueError, ObjectStoreError what is wrong with what it names
 */
export async function openWorker(options: WorkerOptions): Promise<OpenWorker> {
  const { backends, dataFolder, concurrency, threads = concurrency, timing } = options;
  const url = required(backends.redis, 'LACUNA_REDIS_URL', 'redis://HOST:6379/0, as the api has it');
  const warnings = await checkRedis(url);
  const codeDigest = trainingCodeDigest();
  const closers: (() => unknown)[] = [];
  const closeAll = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    const place = await openPlace(backends.models, dataFolder);
    closers.push(() => place.close());
    const inputs = await openInputs(backends.postgres, dataFolder);
    closers.push(() => inputs.close());
    const installation = place.installation ?? (dataFolder && installationIdOf(dataFolder));
    if (!installation) throw installationUnknown();
    const pool = new TrainingPool({ threads });
    closers.push(() => pool.close());
    const { name, onJob, onTrouble } = options;
    const parts = { pool, files: place.files, inputs, concurrency, name, onJob, onTrouble };
    const jobs = new JobWorker({ url, installation, codeDigest }, parts, timing);
    await jobs.start().catch(async (failure: unknown) => {
      await jobs.close(0);
      throw failure;
    });
    const close = async (grace: number): Promise<void> => {
      await jobs.close(grace);
      await closeAll();
    };
    return { jobs, warnings, installation, codeDigest, close };
  } catch (failure) {
    await closeAll();
    throw failure;
  }
}

async function openPlace(address: S3Address | undefined, dataFolder: string | undefined): Promise<Place> {
  if (address === undefined) {
    const folder = required(
      dataFolder,
      'LACUNA_MODEL_STORE',
      's3://BUCKET/PREFIX, as the api has it, or name its data folder on this host with --data-folder',
    );
    const files = new ModelRegistry(pathsIn(path.resolve(folder)).models);
    return { files, installation: undefined, close: () => {} };
  }
  const objects = await openS3(address, 'adds');
  const installation = await ownerOf(objects);
  return { files: new ObjectModelFiles(objects), installation, close: () => objects.close() };
}

async function openInputs(
  postgres: string | undefined,
  dataFolder: string | undefined,
): Promise<TrainingInputs> {
  if (postgres === undefined) {
    const hint =
      'postgres://HOST/DATABASE, as the api has it, or name its data folder on this host with --data-folder';
    return new FolderInputs(path.join(required(dataFolder, 'LACUNA_POSTGRES_URL', hint), JOBS_FOLDER));
  }
  try {
    return await PostgresInputs.open(postgres, 'reads');
  } catch (cause) {
    throw isCodedError(cause) ? cause : postgresUnreachable(cause);
  }
}

function required(value: string | undefined, setting: string, hint: string): string {
  if (value !== undefined) return value;
  throw new WorkerError('WORKER_SETTING_MISSING', `a worker needs ${setting}`, {
    facts: { setting },
    nextStep: `Set ${setting}: ${hint}.`,
  });
}

function installationUnknown(): WorkerError {
  return new WorkerError('WORKER_INSTALLATION_UNKNOWN', 'no installation is in the place that is named', {
    nextStep:
      'Start the api with the same LACUNA_MODEL_STORE first, or correct LACUNA_MODEL_STORE or --data-folder.',
  });
}

function postgresUnreachable(cause: unknown): WorkerError {
  return new WorkerError('WORKER_POSTGRES_UNREACHABLE', 'PostgreSQL cannot be reached, or refuses the role', {
    facts: { reason: (cause as { code?: string }).code },
    nextStep:
      'See to the server and correct LACUNA_POSTGRES_URL; the role needs SELECT on lacuna_training_inputs.',
    cause,
  });
}
