import { UnrecoverableError, WaitingError, Worker, type Job } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Genesis, ModelFiles } from '#libs/contracts';
import { fromUtf8, isCodedError } from '#libs/essentials';
import type { CatalogueLists, OnRound } from '#libs/learning';
import { remoteSpan, traced, within } from '#platform/tracing';
import { aggregatorJobOf, shardJobOf, storeShard } from '../job-files.js';
import type { TrainingPool } from '../training-pool.js';
import { QueueError } from './queue-error.js';
import {
  buildKeyOf,
  cancelledKeyOf,
  prefixOf,
  queueNameOf,
  USUAL_TIMING,
  type QueuePlace,
  type QueueTiming,
} from './queue-place.js';
import {
  parseJob,
  type AggregatorOrder,
  type JobAnswer,
  type QueuedJob,
  type ShardOrder,
} from './rebuild-job.js';
import { openRedis } from './redis.js';
import { unpackSubjects, type SubjectGroups } from './subject-groups.js';
import type { TrainingInputs } from './training-inputs.js';

export interface JobWorkerParts {
  readonly pool: Pick<TrainingPool, 'train' | 'aggregate'>;
  readonly files: Pick<ModelFiles, 'get' | 'put'>;
  readonly inputs: Pick<TrainingInputs, 'get'>;
  /** Jobs at a time. */
  readonly concurrency: number;
  /** Tells people who watch which worker has a job. */
  readonly name?: string;
  /** Hears of each job when it begins and when it has ended. */
  readonly onJob?: (job: ToldJob) => void;
  /** Hears what is wrong with the queue. */
  readonly onTrouble?: (reason: unknown) => void;
}

/** A job for a log: names and numbers only. */
export interface ToldJob {
  readonly id: string;
  readonly rebuildId: string;
  readonly part: string;
  readonly state: 'begun' | 'done' | 'failed' | 'given back';
  readonly seconds?: number;
  readonly reason?: string;
}

interface Watched {
  readonly signal: AbortSignal;
  readonly onRound: OnRound;
}

interface Wanted {
  readonly isWanted: () => Promise<void>;
}

interface Sheet extends CatalogueLists {
  readonly genesis: Genesis;
}

/** Refusals that another try would meet again. */
const FINAL: ReadonlySet<string> = new Set([
  'LearningError',
  'KernelError',
  'MerkleError',
  'ShardingError',
  'QueueError',
  'RegistryError',
]);
const STALLED_AT_MOST = 10; // a job that ends so many workers is not given to another
const STILL_THERE = 1;

/** Takes jobs of one build and trains them. It holds no keys, decides nothing, and may be ended at any moment. */
export class JobWorker {
  private readonly redis: Redis;
  private readonly taking: Redis;
  private readonly worker: Worker<QueuedJob, JobAnswer>;
  private readonly timing: QueueTiming;
  /** Jobs under way, each with what tells the keeper that it goes on. */
  private readonly active = new Map<string, () => void>();
  private readonly watch: NodeJS.Timeout;
  private sheet: { readonly digest: string; readonly content: Promise<Sheet> } | undefined;
  private isGivingBack = false;

  constructor(
    private readonly place: QueuePlace,
    private readonly parts: JobWorkerParts,
    timing: Partial<QueueTiming> = {},
  ) {
    this.timing = { ...USUAL_TIMING, ...timing };
    const { lock: lockDuration, stalled: stalledInterval } = this.timing;
    this.redis = openRedis(place.url, { maxRetriesPerRequest: 1 });
    this.taking = openRedis(place.url, { maxRetriesPerRequest: null });
    this.worker = new Worker<QueuedJob, JobAnswer>(
      queueNameOf(place),
      (job, token, signal) => this.told(job, token!, signal!),
      {
        connection: this.taking,
        prefix: prefixOf(place),
        concurrency: parts.concurrency,
        lockDuration,
        stalledInterval,
        maxStalledCount: STALLED_AT_MOST,
        autorun: false,
      },
    );
    this.worker.on('error', (reason) => parts.onTrouble?.(reason));
    this.watch = setInterval(() => {
      for (const beat of this.active.values()) beat();
      void this.lookForCancelled().catch(() => {});
    }, lockDuration / 3);
  }

  /** @throws QueueError WORKER_BUILD_DIFFERS when the keeper's jobs are for another build */
  async start(): Promise<void> {
    const build = await this.redis.get(buildKeyOf(this.place));
    const own = this.place.codeDigest;
    if (build !== null && build !== own)
      throw new QueueError('WORKER_BUILD_DIFFERS', 'this worker has other training code than the lines', {
        facts: { build: build.slice(0, 16), own: own.slice(0, 16) },
        nextStep: 'Run the worker of the release that the api runs: the same image, or the same commit.',
      });
    await this.worker.waitUntilReady();
    this.worker.run().catch((reason: unknown) => this.parts.onTrouble?.(reason));
  }

  /** Jobs that are under way. */
  get activeJobs(): number {
    return this.active.size;
  }

  /** Whether the queue answers. */
  async isReachable(): Promise<boolean> {
    return (await this.redis.ping().catch(() => '')) === 'PONG';
  }

  /** Takes no more jobs, lets those under way end, and gives back what has not ended after some milliseconds. */
  async close(grace: number): Promise<void> {
    const late = setTimeout(() => {
      this.isGivingBack = true;
      this.worker.cancelAllJobs();
    }, grace);
    await this.worker.close();
    clearTimeout(late);
    clearInterval(this.watch);
    for (const connection of [this.redis, this.taking]) connection.disconnect();
  }

  private async told(job: Job<QueuedJob, JobAnswer>, token: string, signal: AbortSignal): Promise<JobAnswer> {
    const { onJob = () => {} } = this.parts;
    const [id, begun] = [job.id!, Date.now()];
    const { rebuildId, part } = nameOf(job.data);
    const tell = (state: ToldJob['state'], reason?: string): void =>
      onJob({ id, rebuildId, part, state, seconds: (Date.now() - begun) / 1000, reason });
    let rounds = {};
    const beat = (): void => void job.updateProgress({ ...rounds, worker: this.parts.name }).catch(() => {}); // whoever watches waits for the next
    const onRound = (told: { readonly round: number; readonly rounds: number }): void => {
      rounds = { round: told.round, rounds: told.rounds };
      beat();
    };
    this.active.set(id, beat);
    beat();
    onJob({ id, rebuildId, part, state: 'begun' });
    try {
      const answer = await within(remoteSpan(traceOf(job.data)), () =>
        traced('training.job', { 'lacuna.rebuild.id': rebuildId }, () =>
          this.answer(job, token, { signal, onRound }),
        ),
      );
      tell('done');
      return answer;
    } catch (failure) {
      if (signal.aborted && this.isGivingBack) {
        tell('given back');
        await job.moveToWait(token);
        throw new WaitingError();
      }
      const reason = signal.aborted ? 'JOB_CANCELLED' : codeOf(failure);
      tell('failed', reason);
      throw bare(reason, signal.aborted || isFinal(failure));
    } finally {
      this.active.delete(id);
    }
  }

  private async answer(job: Job<QueuedJob>, token: string, beside: Watched): Promise<JobAnswer> {
    const order = parseJob(job.data);
    const sheet = await this.readSheet(order.sheet);
    const records = order.input === undefined ? undefined : await this.readRecords(order.input);
    const isWanted = (): Promise<void> => this.requireWanted(job, token);
    return order.part === 'shard'
      ? this.trainShard(order, sheet, records!, { ...beside, isWanted })
      : this.trainAggregator(order, sheet, records, { ...beside, isWanted });
  }

  private async trainShard(
    { shard, checkpoints, previous }: ShardOrder,
    sheet: Sheet,
    [subjects, withdrawn]: SubjectGroups,
    { isWanted, ...beside }: Watched & Wanted,
  ): Promise<JobAnswer> {
    const { pool, files } = this.parts;
    const before = previous && { ...previous, withdrawn };
    const work = { ...sheet, shard, subjects, checkpoints, previous: before };
    const result = await pool.train(() => shardJobOf(work, files), beside);
    await isWanted();
    return storeShard(result, files);
  }

  private async trainAggregator(
    { shards }: AggregatorOrder,
    sheet: Sheet,
    records: SubjectGroups | undefined,
    { signal, isWanted }: Pick<Watched, 'signal'> & Wanted,
  ): Promise<JobAnswer> {
    const { pool, files } = this.parts;
    const summaries = shards.map((one, at) => ({ ...one, subjects: records?.[at] }));
    const work = { ...sheet, shards: summaries };
    const job = (): ReturnType<typeof aggregatorJobOf> =>
      aggregatorJobOf(work, (digest) => files.get(digest));
    const file = await pool.aggregate(job, { signal });
    await isWanted();
    return { digest: await files.put(file) };
  }

  /** What all jobs of a version have in common is read once. */
  private readSheet(digest: string): Promise<Sheet> {
    if (this.sheet?.digest !== digest) {
      const content = this.parts.files.get(digest).then((bytes) => JSON.parse(fromUtf8(bytes)) as Sheet);
      content.catch(() => (this.sheet = undefined));
      this.sheet = { digest, content };
    }
    return this.sheet.content.catch((failure: unknown) => {
      throw isCodedError(failure) && failure.code === 'MODEL_FILE_MISSING' ? stale() : failure;
    });
  }

  private async readRecords(digest: string): Promise<SubjectGroups> {
    const bytes = await this.parts.inputs.get(digest);
    if (bytes === undefined) throw stale();
    return unpackSubjects(bytes);
  }

  /** Nothing is stored for a job that was given up, or that another worker has taken since. */
  private async requireWanted(job: Job, token: string): Promise<void> {
    const isCancelled = (await this.redis.exists(cancelledKeyOf(this.place, job.id!))) === STILL_THERE;
    if (!isCancelled && (await job.extendLock(token, this.timing.lock)) === STILL_THERE) return;
    throw new QueueError('JOB_CANCELLED', 'the job was given up, or given to another worker');
  }

  private async lookForCancelled(): Promise<void> {
    for (const id of this.active.keys())
      if ((await this.redis.exists(cancelledKeyOf(this.place, id))) === STILL_THERE)
        this.worker.cancelJob(id);
  }
}

function stale(): QueueError {
  return new QueueError('JOB_STALE', 'what the job is about is not there any more');
}

function isFinal(failure: unknown): boolean {
  return isCodedError(failure) && FINAL.has(failure.name) && failure.code !== 'JOB_RECORDS_UNREACHABLE';
}

function codeOf(failure: unknown): string {
  return isCodedError(failure) ? failure.code : 'INTERNAL';
}

/** What the queue may keep of a failure: no message, no trace of calls, for they could tell of records. */
function bare(code: string, final: boolean): Error {
  const failure = final ? new UnrecoverableError(code) : new Error(code);
  failure.stack = code;
  return failure;
}

/** Whoever can write to the queue chooses it; what is not a trace is none. */
function traceOf(data: unknown): string | undefined {
  const { traceparent } = (data ?? {}) as { readonly traceparent?: unknown };
  return typeof traceparent === 'string' ? traceparent : undefined;
}

/** For a log; the job may be anything. */
function nameOf(data: unknown): { rebuildId: string; part: string } {
  try {
    const job = parseJob(data);
    return { rebuildId: job.rebuildId, part: job.part === 'shard' ? `shard-${job.shard}` : job.part };
  } catch {
    return { rebuildId: 'unreadable', part: 'unreadable' };
  }
}
