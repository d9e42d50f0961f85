import type { ModelFiles } from '#libs/contracts';
import { isCodedError } from '#libs/essentials';
import type { AggregatorWork, ShardWork, TrainedShard } from '#libs/learning';
import type { JobPart } from '#libs/portal-contract';
import type { LocalTrainer } from '../local-trainer.js';
import { Turns } from '../turns.js';
import { digestOfPieces } from './content-digest.js';
import type { JobQueue } from './job-queue.js';
import { QueueError } from './queue-error.js';
import { jobIdOf, parseAnswer, priorityOf, type JobAnswer, type RebuildJob } from './rebuild-job.js';
import type { RedisWarning } from './redis.js';
import { Sheets, type SheetContent } from './sheets.js';
import { packSubjects, type SubjectGroups } from './subject-groups.js';
import type { TrainingInputs } from './training-inputs.js';

/** Which version a job is for, and when it is due. */
export interface Ticket {
  readonly rebuildId: string;
  readonly line: string;
  readonly version: number;
  readonly dueAt?: string;
}

export interface Fallback {
  readonly trainer: Pick<LocalTrainer, 'train' | 'aggregate'>;
  /** Milliseconds for which no worker may be there before the keeper trains itself. */
  readonly after: number;
}

export interface QueuedTrainerParts {
  readonly queue: JobQueue;
  readonly files: Pick<ModelFiles, 'get' | 'put'>;
  readonly inputs: TrainingInputs;
  readonly fallback?: Fallback;
  /** Hears why a job is held up, each time that it is tried again. */
  readonly onTrouble?: (reason: unknown) => void;
}

interface Pending {
  readonly id: string;
  readonly job: RebuildJob;
  readonly dueAt?: string;
  /** Puts everything there that a worker reads; again where some of it was lost. */
  readonly provide: (isAgain: boolean) => Promise<void>;
  isActive: boolean;
  isGivenUp: boolean;
}

/** A worker that was given what was there a moment ago; the keeper then provides it again. */
const PROVIDE_AGAIN: ReadonlySet<string> = new Set(['JOB_STALE', 'JOB_CANCELLED']);
const LOST: ReadonlySet<string> = new Set(['MODEL_FILE_MISSING', 'MODEL_FILE_DAMAGED']);
const REPETITIONS = 5;

/**
 * Has the parts of versions made by workers. The keeper takes the records and brings the dataset map; a worker gets them by digest, and hands
 * back digests of files that the keeper then reads. Nothing is decided by what the queue says: what it has lost is sent again, and what it
 * gives twice is the same bytes.
 */
export class QueuedTrainer {
  private readonly pending = new Map<string, Pending>();
  private readonly sending = new Turns(1); // a map at a time, so that workers begin while the next is brought
  private readonly sheets: Sheets;
  private isClosed = false;

  constructor(private readonly parts: QueuedTrainerParts) {
    this.sheets = new Sheets(parts.files);
  }

  /** @throws QueueError JOB_REFUSED, JOB_CANCELLED, QUEUE_CLOSED; what `map` throws */
  async train(
    work: ShardWork,
    ticket: Ticket,
    { map }: { readonly map: () => { readonly datasetRoot: string } },
  ): Promise<TrainedShard> {
    const { shard, checkpoints, previous, subjects } = work;
    const pending = await this.sending.take(async () => {
      const { datasetRoot } = map();
      const records: SubjectGroups = [subjects, previous?.withdrawn ?? []];
      const before = previous && withoutRecords(previous);
      return this.queued(ticket, work, records, (base, input) => ({
        ...base,
        ...{ part: 'shard', shard, datasetRoot, input: input!, checkpoints },
        ...(before && { previous: before }),
      }));
    });
    const brought = { map: () => undefined };
    const alone = (fallback: Fallback): Promise<JobAnswer> =>
      fallback.trainer.train(work, undefined, brought);
    return (await this.outcome(pending, alone)) as TrainedShard;
  }

  /** @throws QueueError JOB_REFUSED, JOB_CANCELLED, QUEUE_CLOSED */
  async aggregate(work: AggregatorWork, ticket: Ticket): Promise<string> {
    const records = work.shards.some(({ subjects }) => subjects !== undefined)
      ? work.shards.map(({ subjects = [] }) => subjects)
      : undefined;
    const shards = work.shards.map(({ shard, count, digest }) => ({
      shard,
      count,
      ...(digest && { digest }),
    }));
    const pending = await this.queued(ticket, work, records, (base, input) => ({
      ...base,
      ...{ part: 'aggregator', shards },
      ...(input !== undefined && { input }),
    }));
    const alone = async (fallback: Fallback): Promise<JobAnswer> => ({
      digest: await fallback.trainer.aggregate(work),
    });
    return (await this.outcome(pending, alone)).digest;
  }

  /** What workers are to make for a rebuild now. */
  partsOf(rebuildId: string): JobPart[] {
    const parts = [...this.pending.values()].filter(({ job }) => job.rebuildId === rebuildId);
    return parts.map(({ id, job, isActive }) => ({
      part: job.part === 'shard' ? job.shard : job.part,
      state: isActive ? 'active' : 'waiting',
      ...this.parts.queue.progressOf(id),
    }));
  }

  async giveUp(rebuildId: string): Promise<void> {
    if (this.isClosed) return; // whoever opens the installation next finds what workers have made by then
    for (const pending of this.pending.values()) {
      if (pending.job.rebuildId !== rebuildId) continue;
      pending.isGivenUp = true;
      this.parts.queue.wake(pending.id);
    }
  }

  /** What is unusual about the queue. @throws QueueError QUEUE_UNREACHABLE */
  warnings(): Promise<RedisWarning[]> {
    return this.parts.queue.warnings();
  }

  /** Ends all waiting; workers go on with what they have. */
  async close(): Promise<void> {
    this.isClosed = true;
    for (const id of this.pending.keys()) this.parts.queue.wake(id);
    await this.parts.queue.close();
    await this.parts.inputs.close();
  }

  private async queued(
    ticket: Ticket,
    content: SheetContent,
    records: SubjectGroups | undefined,
    toJob: (base: Omit<RebuildJob, 'part' | 'shards' | 'input'>, input: string | undefined) => RebuildJob,
  ): Promise<Pending> {
    const { inputs } = this.parts;
    const { rebuildId, line, version, dueAt } = ticket;
    const sheet = this.sheets.of(rebuildId, content);
    const base = { rebuildId, line, version, sheet: sheet.digest };
    const input = records && digestOfPieces(packSubjects(records));
    const job = toJob(base, input);
    const provide = async (isAgain: boolean): Promise<void> => {
      await this.sheets.provide(sheet, isAgain);
      if (records !== undefined) await inputs.put(packSubjects(records), input!);
    };
    const pending = { id: jobIdOf(job), job, dueAt, provide, isActive: false, isGivenUp: false };
    this.pending.set(pending.id, pending);
    await this.send(pending, false).catch((reason: unknown) => this.parts.onTrouble?.(reason)); // whoever waits for it sends it again
    return pending;
  }

  private async send({ id, job, dueAt, provide }: Pending, isAgain: boolean): Promise<void> {
    await provide(isAgain);
    await this.parts.queue.add(id, job, priorityOf(dueAt));
  }

  private async outcome(
    pending: Pending,
    alone: (fallback: Fallback) => Promise<JobAnswer>,
  ): Promise<JobAnswer> {
    try {
      return (await this.answered(pending)) ?? (await alone(this.parts.fallback!));
    } finally {
      this.pending.delete(pending.id);
      await this.forget(pending);
    }
  }

  /** Undefined where no worker was there for too long. */
  private async answered(pending: Pending): Promise<JobAnswer | undefined> {
    const { queue, onTrouble } = this.parts;
    let lastSeen = Date.now();
    for (let repetitions = 0; ;) {
      this.requireWanted(pending);
      try {
        const answer = await this.lookAt(pending);
        if (answer !== undefined) return answer;
        if (await this.isAttended(pending)) lastSeen = Date.now();
      } catch (reason) {
        if (!isHeldUp(reason) || ++repetitions > REPETITIONS) throw reason;
        onTrouble?.(reason);
        if (isUnreachable(reason)) repetitions = 0; // as long as it takes
      }
      if (this.isTooLate(lastSeen)) return undefined;
      await queue.woken(pending.id);
    }
  }

  private async lookAt(pending: Pending): Promise<JobAnswer | undefined> {
    const { id, job } = pending;
    const sight = await this.parts.queue.look(id);
    pending.isActive = sight.state === 'active';
    switch (sight.state) {
      case 'absent':
        await this.send(pending, true);
        return undefined;
      case 'done':
        return this.checked(pending, parseAnswer(job, sight.answer));
      case 'failed':
        await this.parts.queue.remove(id);
        throw refused(sight.reason, job);
      case 'waiting':
      case 'active':
        return undefined;
    }
  }

  /** The files are there with their digests; where one is not, the job is done again. */
  private async checked({ id }: Pending, answer: JobAnswer): Promise<JobAnswer> {
    const checkpoints = 'checkpoints' in answer ? answer.checkpoints : [];
    try {
      for (const { digest } of [answer, ...checkpoints]) await this.parts.files.get(digest);
      return answer;
    } catch (reason) {
      if (isLost(reason)) await this.parts.queue.remove(id);
      throw reason;
    }
  }

  private async isAttended({ isActive }: Pending): Promise<boolean> {
    return isActive || this.parts.fallback === undefined || (await this.parts.queue.workers()) > 0;
  }

  private isTooLate(lastSeen: number): boolean {
    const { fallback } = this.parts;
    return fallback !== undefined && Date.now() - lastSeen > fallback.after;
  }

  private requireWanted({ job: { rebuildId }, isGivenUp }: Pending): void {
    if (this.isClosed) throw new QueueError('QUEUE_CLOSED', 'the installation is being closed');
    if (!isGivenUp) return;
    throw new QueueError('JOB_CANCELLED', 'the rebuild of the job was given up', { facts: { rebuildId } });
  }

  /**
   * Records stay nowhere longer than a job needs them; a job that goes on without its keeper keeps its own. However long it takes: what comes
   * next may be a certificate that they are gone.
   */
  private async forget({ id }: Pending): Promise<void> {
    const { inputs, queue, onTrouble } = this.parts;
    while (!this.isClosed) {
      try {
        const inUse = [...this.pending.values()].flatMap(({ job: { input } }) => input ?? []);
        await inputs.keepOnly(new Set(inUse));
        break;
      } catch (reason) {
        onTrouble?.(reason);
        await queue.woken(id);
      }
    }
    if (!this.isClosed) await queue.remove(id).catch((reason: unknown) => onTrouble?.(reason));
  }
}

function withoutRecords({ datasetRoot, digest, position }: NonNullable<ShardWork['previous']>) {
  return { datasetRoot, digest, position };
}

function isHeldUp(reason: unknown): boolean {
  return isCodedError(reason) && (isUnreachable(reason) || isLost(reason) || PROVIDE_AGAIN.has(reason.code));
}

function isUnreachable(reason: unknown): boolean {
  return isCodedError(reason) && reason.code.endsWith('_UNREACHABLE');
}

function isLost(reason: unknown): boolean {
  return isCodedError(reason) && LOST.has(reason.code);
}

/** A worker says codes only: what it was refused by is in its own log. */
function refused(reason: string, { rebuildId, part }: RebuildJob): QueueError {
  const facts = { rebuildId, part, reason };
  if (reason === 'JOB_STALE' || reason === 'JOB_CANCELLED')
    return new QueueError(reason, 'a worker found a job to be of no use any more', { facts });
  return new QueueError('JOB_REFUSED', 'a worker could not do a job', {
    facts,
    nextStep: 'The log of the worker says why; the job is tried again with the next `lacuna resume`.',
  });
}
