import { availableParallelism } from 'node:os';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { Piscina } from 'piscina';
import {
  aggregatorSolves,
  type AggregatorJob,
  type OnRound,
  type ShardJob,
  type ShardResult,
  type ShardSummary,
  type SummedShards,
} from '#libs/learning';
import { dismiss, newControl } from './shared-solving.js';
import {
  movedWith,
  packAggregatorJob,
  packShardJob,
  toError,
  type ShardMessage,
  type TrainingAnswer,
  type TrainingMessage,
} from './training-message.js';
import { TrainingError } from './training-error.js';
import { Turns } from './turns.js';
import { workerFile } from './worker-file.js';

const IDLE_MILLISECONDS = 10_000;
// Jobs live in array buffers and in the kernels' memory; a young generation as large as the main thread's would only grow.
const YOUNG_MEGABYTES = 16;

/** What may happen beside the training of a shard. */
export interface Beside {
  /** Hears of each round as it ends. */
  readonly onRound?: OnRound;
  /** Work of this thread that shall not wait for the job: called once the job is on its way. What it throws, `train` throws in the end. */
  readonly meanwhile?: () => void;
  /** Ends the thread of the job. */
  readonly signal?: AbortSignal;
}

export interface TrainingPoolOptions {
  /** At most this many jobs at a time; one for each processor unless said otherwise. */
  readonly threads?: number;
}

/**
 * Trains shards and aggregators in threads. Their bytes do not depend on the thread, nor on how many there are: each runs rebuildShard
 * or buildAggregator of libs/learning.
 *
 * @example
 * const pool = new TrainingPool();
 * const result = await pool.train({ genesis, shard: 0, items, subjects });
 * await pool.close();
 */
export class TrainingPool {
  private readonly threads: Piscina<TrainingMessage, TrainingAnswer>;
  private readonly turns: Turns;
  private readonly running = new Set<Promise<unknown>>();
  private closed = false;

  /** @throws TrainingError TRAINING_WORKER_NOT_BUILT, TRAINING_THREADS_INVALID */
  constructor({ threads = availableParallelism() }: TrainingPoolOptions = {}) {
    if (!Number.isInteger(threads) || threads < 1)
      throw new TrainingError('TRAINING_THREADS_INVALID', 'the number of threads is a whole number from 1');
    this.threads = new Piscina({
      filename: workerFile(),
      minThreads: 0,
      maxThreads: threads,
      idleTimeout: IDLE_MILLISECONDS,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEGABYTES },
    });
    this.turns = new Turns(threads);
  }

  /**
   * Rebuilds one shard. The job's buffers stay the caller's: they are copied once, when a thread is free, and the copy moves there.
   *
   * @param job or what makes it when it is its turn, so that jobs that wait hold no files; the files of one that was made so move, too
   * @throws TrainingError TRAINING_CLOSED, and what rebuildShard throws, with the same codes
   */
  async train(job: ShardJob | (() => Promise<ShardJob>), beside: Beside = {}): Promise<ShardResult> {
    const answer = await this.turns.take(() =>
      this.tracked(async () =>
        typeof job === 'function'
          ? this.trainShard(packShardJob(await job()), true, beside)
          : this.trainShard(packShardJob(job), false, beside),
      ),
    );
    if ('result' in answer) return answer.result;
    throw refused(answer);
  }

  /**
   * Builds the aggregator of a line from all its shards; loads what its kind needs first. A kind that solves gets the help of a second
   * thread where one is free. The job's buffers stay the caller's.
   *
   * @param job or what makes it when it is its turn; then the files move to the thread instead of being copied
   * @param onSummed told what all shards add up to, where that lies on memory that threads share
   * @returns the file, safetensors
   * @throws TrainingError TRAINING_CLOSED, and what buildAggregator throws, with the same codes
   */
  async aggregate(
    job: AggregatorJob | (() => Promise<AggregatorJob>),
    {
      signal,
      onSummed,
    }: Pick<Beside, 'signal'> & { readonly onSummed?: (summed: SummedShards) => void } = {},
  ): Promise<Uint8Array> {
    const answer = await this.turns.take(() =>
      this.tracked(async () =>
        typeof job === 'function'
          ? this.trainAggregator(await job(), true, signal)
          : this.trainAggregator(job, false, signal),
      ),
    );
    if (!('aggregator' in answer)) throw refused(answer);
    if (answer.summed !== undefined) onSummed?.(answer.summed);
    return answer.aggregator;
  }

  /**
   * Adds up shards of a line whose aggregator adds up all of them, where a thread is free; undefined where none is.
   *
   * @param job makes it, with the shards that are to be added; its files move
   * @param without makes those that are to be taken away
   * @throws TrainingError TRAINING_CLOSED, and what sumShards throws, with the same codes
   */
  sum(
    job: () => Promise<AggregatorJob>,
    without: () => Promise<readonly ShardSummary[]> = async () => [],
  ): Promise<SummedShards> | undefined {
    return this.turns.takeIfFree(async () => {
      const answer = await this.tracked(async () => {
        const [work, gone] = await Promise.all([job(), without()]);
        return this.run({ ...packAggregatorJob(work, 'sum'), without: gone }, true);
      });
      if (!('summed' in answer) || answer.summed === undefined) throw refused(answer);
      return answer.summed;
    });
  }

  /** Lets running jobs finish, refuses those that wait, and ends the threads. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.settled(); // piscina's own close ends a thread that has not begun yet
    await this.threads.destroy();
  }

  /** Waits for the jobs that run now. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.running);
  }

  private async tracked(work: () => Promise<TrainingAnswer>): Promise<TrainingAnswer> {
    if (this.closed) throw new TrainingError('TRAINING_CLOSED', 'the pool was closed and takes no more jobs');
    const running = work();
    this.running.add(running);
    try {
      return await running;
    } finally {
      this.running.delete(running);
    }
  }

  private run(message: TrainingMessage, filesToo = false, signal?: AbortSignal): Promise<TrainingAnswer> {
    return this.threads.run(message, { transferList: movedWith(message, filesToo), signal });
  }

  private async trainAggregator(
    job: AggregatorJob,
    filesToo: boolean,
    signal?: AbortSignal,
  ): Promise<TrainingAnswer> {
    const message = packAggregatorJob(job);
    if (!aggregatorSolves(job.genesis.config)) return this.run(message, filesToo, signal);
    const { port1, port2 } = new MessageChannel();
    const control = newControl();
    const helper = this.turns.takeIfFree(() =>
      this.run({ part: 'helper', helping: { control, port: port2 } }).finally(() => dismiss(control)),
    );
    if (helper === undefined) {
      port1.close();
      return this.run(message, filesToo, signal);
    }
    try {
      return await this.run({ ...message, helping: { control, port: port1 } }, filesToo, signal);
    } finally {
      dismiss(control);
      await helper.catch(() => undefined); // the thread that was helped has told of what matters
    }
  }

  private async trainShard(
    message: ShardMessage,
    filesToo: boolean,
    { onRound, meanwhile = () => {}, signal }: Beside,
  ): Promise<TrainingAnswer> {
    if (onRound === undefined) return besides(this.run(message, filesToo, signal), meanwhile);
    const { port1, port2 } = new MessageChannel();
    port1.on('message', onRound);
    try {
      return await besides(this.run({ ...message, progress: port2 }, filesToo, signal), meanwhile);
    } finally {
      // The thread sleeps between jobs and would close its end late; what it has sent is here already.
      for (let rest = receiveMessageOnPort(port1); rest; rest = receiveMessageOnPort(port1))
        onRound(rest.message as Parameters<OnRound>[0]);
      port1.close();
    }
  }
}

/** What a thread answers; meanwhile this one does something, too. Both have ended when this does, and the job's own reason comes first. */
async function besides(answer: Promise<TrainingAnswer>, meanwhile: () => void): Promise<TrainingAnswer> {
  try {
    meanwhile();
  } catch (failure) {
    const answered = await answer;
    if ('refusal' in answered) return answered;
    throw failure;
  }
  return answer;
}

function refused(answer: TrainingAnswer): Error {
  if ('refusal' in answer) return toError(answer.refusal);
  return new TypeError('a thread answered another job than it was given');
}
