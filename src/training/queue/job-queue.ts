import { setTimeout } from 'node:timers/promises';
import { Queue, QueueEvents, type Job } from 'bullmq';
import type { Redis } from 'ioredis';
import { traceparent } from '#platform/tracing';
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
import type { QueuedJob, RebuildJob } from './rebuild-job.js';
import { openRedis, pauseBefore, warningsOf, type RedisWarning } from './redis.js';

/** What has become of a job, as the queue knows. */
export type JobSight =
  | { readonly state: 'absent' | 'waiting' | 'active' }
  | { readonly state: 'done'; readonly answer: unknown }
  | { readonly state: 'failed'; readonly reason: string };

/** How far a worker is with a job, as it last said. */
export interface JobProgress {
  /** Absent before the first round has ended, and where there are none. */
  readonly round?: number;
  readonly rounds?: number;
  readonly worker?: string;
  /** When it was heard, ISO 8601. */
  readonly heardAt: string;
}

const WORKER_NAME = /^[\w.:-]{1,64}$/;
const MOST_MISSED = 10_000;
const ATTEMPTS = 8;
const KEPT_SECONDS = 86_400; // what nobody fetches, because its keeper is gone for good
const CLOSING = 1_000; // milliseconds for a last answer of the Redis

/** The keeper's end of the queue. What it knows may be lost at any time: whoever waits for a job looks again and sends it anew. */
export class JobQueue {
  private readonly redis: Redis;
  private readonly listening: Redis;
  private readonly queue: Queue<QueuedJob>;
  private readonly events: QueueEvents;
  private readonly waiting = new Map<string, () => void>();
  /** Jobs of which something was heard while nobody waited: whoever looks at one now may look too early. */
  private readonly missed = new Set<string>();
  private readonly progress = new Map<string, JobProgress>();
  readonly timing: QueueTiming;
  private isClosed = false;

  constructor(
    private readonly place: QueuePlace,
    timing: Partial<QueueTiming> = {},
  ) {
    this.timing = { ...USUAL_TIMING, ...timing };
    const [name, prefix] = [queueNameOf(place), prefixOf(place)];
    this.redis = openRedis(place.url, { maxRetriesPerRequest: 1 });
    this.queue = new Queue<QueuedJob>(name, { connection: this.redis, prefix });
    this.listening = openRedis(place.url, {
      maxRetriesPerRequest: null,
      // BullMQ listens on a copy of the connection, which it cannot end while the Redis is away: it would try for ever.
      retryStrategy: (times) => (this.isClosed ? null : pauseBefore(times)),
    });
    this.events = new QueueEvents(name, { connection: this.listening, prefix });
    this.queue.on('error', () => {}); // the call that failed tells of it
    this.events.on('error', () => {}); // whoever waits looks again anyway
    for (const event of ['completed', 'failed', 'active', 'stalled'] as const)
      this.events.on(event, ({ jobId }: { jobId: string }) => this.wake(jobId));
    this.events.on('progress', ({ jobId, data }) => this.hearOf(jobId, data));
  }

  /** Queues a job unless it is there already; says as well which build the jobs are for. */
  async add(id: string, job: RebuildJob, priority: number): Promise<void> {
    await this.within(async () => {
      await this.redis.set(buildKeyOf(this.place), this.place.codeDigest);
      await this.redis.del(cancelledKeyOf(this.place, id));
      await this.queue.add(job.part, withTrace(job), {
        jobId: id,
        priority,
        attempts: ATTEMPTS,
        backoff: { type: 'exponential', delay: this.timing.again },
        removeOnComplete: { age: KEPT_SECONDS },
        removeOnFail: { age: KEPT_SECONDS },
        stackTraceLimit: 0,
      });
    });
  }

  look(id: string): Promise<JobSight> {
    return this.within(async () => {
      // The state first: what was read of a job before it was done holds no answer.
      const state = await this.queue.getJobState(id);
      if (state === 'unknown') return { state: 'absent' };
      if (state !== 'completed' && state !== 'failed')
        return { state: state === 'active' ? 'active' : 'waiting' };
      const job = (await this.queue.getJob(id)) as Job<QueuedJob> | undefined;
      if (job === undefined) return { state: 'absent' };
      return state === 'completed'
        ? { state: 'done', answer: job.returnvalue as unknown }
        : { state: 'failed', reason: job.failedReason };
    });
  }

  /** Takes a job out that is done with; one that a worker has begun is told to be given up. */
  async remove(id: string): Promise<void> {
    this.progress.delete(id);
    this.missed.delete(id);
    await this.within(async () => {
      const isRemoved = (await this.queue.remove(id)) === 1;
      if (!isRemoved && (await this.queue.getJob(id)) !== undefined)
        await this.redis.set(cancelledKeyOf(this.place, id), '1', 'EX', KEPT_SECONDS);
    });
  }

  /** How many workers of this build there are. */
  workers(): Promise<number> {
    return this.within(() => this.queue.getWorkersCount());
  }

  /** What is unusual about the Redis now: whoever keeps it may change it at any time. */
  warnings(): Promise<RedisWarning[]> {
    return this.within(() => warningsOf(this.redis));
  }

  progressOf(id: string): JobProgress | undefined {
    return this.progress.get(id);
  }

  /** Resolves when something is heard of the job, or when it is time to look. */
  async woken(id: string): Promise<void> {
    if (this.missed.delete(id)) return;
    const timer = new AbortController();
    const heard = new Promise<void>((resolve) => this.waiting.set(id, resolve));
    await Promise.race([heard, setTimeout(this.timing.look, undefined, timer).catch(() => {})]);
    timer.abort();
    this.waiting.delete(id);
  }

  wake(id: string): void {
    const wake = this.waiting.get(id);
    if (wake !== undefined) return wake();
    if (this.missed.size >= MOST_MISSED) this.missed.clear();
    this.missed.add(id);
  }

  /** Waits a moment for the Redis, and not where it is away. */
  async close(): Promise<void> {
    this.isClosed = true;
    const closed = Promise.allSettled([this.queue.close(), this.events.close()]);
    await Promise.race([closed, setTimeout(CLOSING, undefined, { ref: false })]);
    for (const connection of [this.redis, this.listening]) connection.disconnect();
  }

  private hearOf(id: string, data: unknown): void {
    const { round, rounds, worker } = data as Partial<JobProgress>;
    this.progress.set(id, {
      ...(Number.isSafeInteger(round) && Number.isSafeInteger(rounds) && { round, rounds }),
      ...(typeof worker === 'string' && WORKER_NAME.test(worker) && { worker }),
      heardAt: new Date().toISOString(),
    });
  }

  /** @throws QueueError QUEUE_UNREACHABLE */
  private async within<T>(call: () => Promise<T>): Promise<T> {
    const timer = new AbortController();
    const tooLate = setTimeout(this.timing.answer, undefined, timer).then(() => {
      throw new Error('no answer');
    });
    tooLate.catch(() => {}); // also where it was not needed
    try {
      return await Promise.race([call(), tooLate]);
    } catch (cause) {
      throw new QueueError('QUEUE_UNREACHABLE', 'the Redis of the queue does not answer', {
        nextStep: 'See to the Redis of LACUNA_REDIS_URL; what was queued is queued again.',
        cause,
      });
    } finally {
      timer.abort();
    }
  }
}

function withTrace(job: RebuildJob): QueuedJob {
  const parent = traceparent();
  return parent === undefined ? job : { ...job, traceparent: parent };
}
