import type { CheckpointManifest } from '#libs/contracts';
import { utf8 } from '#libs/essentials';
import type { TrainedShard } from '#libs/learning';
import { contentDigest } from './content-digest.js';
import { QueueError } from './queue-error.js';

/** What both kinds of jobs say: names, numbers and digests, nothing of a person or an item (docs/decisions/0034). */
interface JobBase {
  readonly line: string;
  readonly rebuildId: string;
  readonly version: number;
  /** Model file with the genesis and the catalogue of the version. */
  readonly sheet: string;
}

/** A job as it is queued. The trace is no part of its id: the same work is the same job, whoever follows it. */
export type QueuedJob = RebuildJob & { readonly traceparent?: string };

export interface ShardOrder extends JobBase {
  readonly part: 'shard';
  readonly shard: number;
  /** What the keeper's dataset map says of the records. */
  readonly datasetRoot: string;
  /** The records: the shard's, and those that were withdrawn from it. */
  readonly input: string;
  readonly checkpoints: readonly CheckpointManifest[];
  readonly previous?: { readonly datasetRoot: string; readonly digest: string; readonly position: string };
}

export interface AggregatorOrder extends JobBase {
  readonly part: 'aggregator';
  /** File of each shard, where the kind reads files. */
  readonly shards: readonly { readonly shard: number; readonly count: number; readonly digest?: string }[];
  /** The records of all shards, in their order, where the kind reads records. */
  readonly input?: string;
}

export type RebuildJob = ShardOrder | AggregatorOrder;

/** What a worker hands back: digests of files that are in the store. */
export type JobAnswer = TrainedShard | { readonly digest: string };

const HEX = /^[0-9a-f]{64}$/;
const NAME = /^[\w.~-]{1,128}$/;
const EPOCH = Date.UTC(2026, 0, 1);
const HOUR = 3_600_000;
const LAST = 2_097_151; // the queue knows no later one

/** The same work has the same id, so that it is queued once, and found again by a keeper that was restarted. */
export function jobIdOf(job: RebuildJob): string {
  return contentDigest(utf8(JSON.stringify(job))).slice(0, 40);
}

/** Earliest due first; what nobody waits for by law comes last. */
export function priorityOf(dueAt: string | undefined): number {
  if (dueAt === undefined) return LAST;
  const hours = Math.floor((Date.parse(dueAt) - EPOCH) / HOUR);
  return Math.min(Math.max(hours, 1), LAST - 1);
}

/** Reads what was queued; whoever can write to the queue chooses it. @throws QueueError JOB_MALFORMED */
export function parseJob(data: unknown): RebuildJob {
  const job = data as RebuildJob;
  if (typeof job !== 'object' || job === null || !isBase(job)) throw malformed();
  if (job.part === 'shard' ? !isShardOrder(job) : !isAggregatorOrder(job)) throw malformed();
  return job;
}

/** @throws QueueError JOB_MALFORMED when it is not the answer to the job */
export function parseAnswer(job: RebuildJob, answer: unknown): JobAnswer {
  const { digest, ...rest } = (answer ?? {}) as Partial<TrainedShard>;
  if (!isHex(digest)) throw malformed();
  if (job.part === 'aggregator') return { digest };
  const { shard, datasetRoot, count, roundDigests, checkpoints, work } = rest;
  const isWhole =
    shard === job.shard &&
    isHex(datasetRoot) &&
    isCount(count) &&
    listOf(roundDigests, isHex) &&
    listOf(checkpoints, isCheckpoint) &&
    isCount(work?.all) &&
    isCount(work.saved);
  if (!isWhole) throw malformed();
  return answer as TrainedShard;
}

function isBase({ line, rebuildId, version, sheet }: JobBase): boolean {
  return isName(line) && isName(rebuildId) && isCount(version) && isHex(sheet);
}

function isShardOrder({ shard, datasetRoot, input, checkpoints, previous }: ShardOrder): boolean {
  const isPrevious =
    previous === undefined ||
    (isCheckpoint(previous) && typeof previous.position === 'string' && /^\d+$/.test(previous.position));
  return (
    isCount(shard) && isHex(datasetRoot) && isHex(input) && listOf(checkpoints, isCheckpoint) && isPrevious
  );
}

function isAggregatorOrder({ part, shards, input }: AggregatorOrder): boolean {
  const isShard = ({ shard, count, digest }: AggregatorOrder['shards'][number]): boolean =>
    isCount(shard) && isCount(count) && (digest === undefined || isHex(digest));
  return part === 'aggregator' && listOf(shards, isShard) && (input === undefined || isHex(input));
}

function isCheckpoint(value: CheckpointManifest): boolean {
  return typeof value === 'object' && value !== null && isHex(value.datasetRoot) && isHex(value.digest);
}

function listOf<T>(value: readonly T[] | undefined, is: (one: T) => boolean): boolean {
  return Array.isArray(value) && value.every((one) => is(one as T));
}

function isHex(value: unknown): value is string {
  return typeof value === 'string' && HEX.test(value);
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && NAME.test(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function malformed(): QueueError {
  return new QueueError('JOB_MALFORMED', 'what the queue holds is not a job of this release', {
    nextStep:
      'Let nobody but Lacuna write to the Redis of LACUNA_REDIS_URL, and give it a database of its own.',
  });
}
