import type { MessagePort } from 'node:worker_threads';
import { KernelError } from '#libs/kernels';
import {
  LearningError,
  type AggregatorJob,
  type PreviousShard,
  type ShardJob,
  type ShardResult,
  type ShardSubject,
  type ShardSummary,
  type SummedShards,
} from '#libs/learning';
import { MerkleError } from '#libs/merkle';
import { ShardingError } from '#libs/sharding';
import { refusals, type Refusal } from '#platform/threads';
import type { Helping } from './shared-solving.js';

/** Records on their way to a thread: all in one buffer, which is moved instead of copied. */
interface PackedSubjects {
  readonly subjects: readonly string[];
  /** Subject s has records[offsets[s] … offsets[s + 1]). */
  readonly offsets: Float64Array;
  readonly records: Uint8Array<ArrayBuffer>;
}

export interface ShardMessage {
  readonly part: 'shard';
  readonly job: Omit<ShardJob, 'subjects' | 'hash' | 'previous'>;
  readonly subjects: PackedSubjects;
  readonly previous?: Omit<PreviousShard, 'withdrawn'> & { readonly withdrawn: PackedSubjects };
  readonly progress?: MessagePort;
}

export interface AggregatorMessage {
  /** `sum`: of these shards only, to go on from. */
  readonly part: 'aggregator' | 'sum';
  readonly job: Omit<AggregatorJob, 'shards' | 'hash' | 'solve' | 'allocate' | 'onSummed'>;
  readonly shards: readonly (Omit<ShardSummary, 'subjects'> & { readonly subjects?: PackedSubjects })[];
  /** Of what is summed already, to be taken away. */
  readonly without?: readonly ShardSummary[];
  readonly helping?: Helping;
}

/** To a thread that helps the one of an aggregator. */
export interface HelperMessage {
  readonly part: 'helper';
  readonly helping: Helping;
}

export type TrainingMessage = ShardMessage | AggregatorMessage | HelperMessage;

/** A shard's result, or the aggregator's file, or what it begins with. */
export type TrainingAnswer =
  | { readonly result: ShardResult }
  | { readonly summed: SummedShards }
  | { readonly aggregator: Uint8Array; readonly summed?: SummedShards }
  | { readonly helped: true }
  | { readonly refusal: Refusal };

export const { refusalOf, toError } = refusals({ LearningError, KernelError, MerkleError, ShardingError });

export function packShardJob({
  genesis,
  shard,
  items,
  categories,
  features,
  checkpoints,
  previous,
  subjects,
}: ShardJob): ShardMessage {
  return {
    part: 'shard',
    job: { genesis, shard, items, categories, features, checkpoints },
    subjects: packSubjects(subjects),
    previous: previous && { ...previous, withdrawn: packSubjects(previous.withdrawn) },
  };
}

export function unpackShardJob({ job, subjects, previous }: ShardMessage): ShardJob {
  return {
    ...job,
    subjects: unpackSubjects(subjects),
    previous: previous && { ...previous, withdrawn: unpackSubjects(previous.withdrawn) },
  };
}

export function packAggregatorJob(
  { genesis, items, categories, features, summed, shards }: AggregatorJob,
  part: AggregatorMessage['part'] = 'aggregator',
): AggregatorMessage {
  return {
    part,
    job: { genesis, items, categories, features, summed },
    shards: shards.map(({ shard, count, file, subjects }) => ({
      shard,
      count,
      file,
      subjects: subjects && packSubjects(subjects),
    })),
  };
}

export function unpackAggregatorJob({ job, shards }: AggregatorMessage): AggregatorJob {
  return {
    ...job,
    shards: shards.map(({ subjects, ...shard }) => ({
      ...shard,
      subjects: subjects && unpackSubjects(subjects),
    })),
  };
}

/**
 * What moves to the thread with a message, instead of being copied.
 * @param filesToo where the job was made for this message, and nobody else reads its files
 */
export function movedWith(message: TrainingMessage, filesToo: boolean): (ArrayBuffer | MessagePort)[] {
  if (message.part === 'helper') return [message.helping.port];
  const { packed, files, ports } =
    message.part === 'shard' ? partsOfShard(message) : partsOfAggregator(message);
  const records = packed.flatMap((subjects) => (subjects === undefined ? [] : [subjects.records.buffer]));
  return [...records, ...(filesToo ? files.flatMap(ownBuffer) : []), ...ports];
}

interface Movable {
  readonly packed: readonly (PackedSubjects | undefined)[];
  readonly files: readonly (Uint8Array | undefined)[];
  readonly ports: readonly MessagePort[];
}

function partsOfShard({ job, subjects, previous, progress }: ShardMessage): Movable {
  const files = [...(job.checkpoints ?? []), previous].map((kept) => kept?.file);
  return { packed: [subjects, previous?.withdrawn], files, ports: progress ? [progress] : [] };
}

function partsOfAggregator({ shards, without = [], helping }: AggregatorMessage): Movable {
  return {
    packed: shards.map(({ subjects }) => subjects),
    files: [...shards, ...without].map(({ file }) => file),
    ports: helping ? [helping.port] : [],
  };
}

/** The memory of a file that has it for itself. */
export function ownBuffer(file: Uint8Array | undefined): ArrayBuffer[] {
  const buffer = file?.buffer;
  return buffer instanceof ArrayBuffer && buffer.byteLength === file?.byteLength ? [buffer] : [];
}

function packSubjects(subjects: readonly ShardSubject[]): PackedSubjects {
  const offsets = new Float64Array(subjects.length + 1);
  subjects.forEach(({ records }, at) => (offsets[at + 1] = offsets[at] + records.length));
  const records = new Uint8Array(offsets[subjects.length]);
  subjects.forEach((one, at) => records.set(one.records, offsets[at]));
  return { subjects: subjects.map(({ subject }) => subject), offsets, records };
}

function unpackSubjects({ subjects, offsets, records }: PackedSubjects): ShardSubject[] {
  return subjects.map((subject, at) => ({
    subject,
    records: records.subarray(offsets[at], offsets[at + 1]),
  }));
}
