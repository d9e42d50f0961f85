import type { MessagePort } from 'node:worker_threads';
import { CodedError } from '#libs/essentials';
import { KernelError } from '#libs/kernels';
import { LearningError, type ShardJob, type ShardResult } from '#libs/learning';
import { MerkleError } from '#libs/merkle';
import { ShardingError } from '#libs/sharding';

/** A job on its way to a thread: all records in one buffer, which is moved instead of copied. */
export interface ShardMessage {
  readonly job: Pick<ShardJob, 'genesis' | 'shard' | 'items'>;
  readonly subjects: readonly string[];
  /** Subject s has records[offsets[s] … offsets[s + 1]). */
  readonly offsets: Float64Array;
  readonly records: Uint8Array<ArrayBuffer>;
  readonly progress?: MessagePort;
}

export type ShardAnswer = { readonly result: ShardResult } | { readonly refusal: Refusal };

/** A coded error in a form that survives the way between threads; a cloned Error keeps its message only. */
interface Refusal {
  readonly name: string;
  readonly code: string;
  readonly message: string;
  readonly facts: CodedError['facts'];
  readonly nextStep: string | undefined;
}

type Rebuilt = new (code: never, message: string, details: Pick<Refusal, 'facts' | 'nextStep'>) => CodedError;
const LIBRARIES: Readonly<Record<string, Rebuilt>> = {
  LearningError,
  KernelError,
  MerkleError,
  ShardingError,
};

export function packJob({ genesis, shard, items, subjects }: ShardJob): ShardMessage {
  const offsets = new Float64Array(subjects.length + 1);
  subjects.forEach(({ records }, at) => (offsets[at + 1] = offsets[at] + records.length));
  const records = new Uint8Array(offsets[subjects.length]);
  subjects.forEach((one, at) => records.set(one.records, offsets[at]));
  return {
    job: { genesis, shard, items },
    subjects: subjects.map(({ subject }) => subject),
    offsets,
    records,
  };
}

export function unpackJob({ job, subjects, offsets, records }: ShardMessage): ShardJob {
  return {
    ...job,
    subjects: subjects.map((subject, at) => ({
      subject,
      records: records.subarray(offsets[at], offsets[at + 1]),
    })),
  };
}

/** What a thread answers instead of throwing; an error without a code is a defect and is thrown as it is. */
export function refusalOf(error: unknown): Refusal {
  if (!isCoded(error)) throw error;
  const { name, code, message, facts, nextStep } = error;
  return { name, code, message, facts, nextStep };
}

function isCoded(error: unknown): error is CodedError {
  return error instanceof CodedError && Object.hasOwn(LIBRARIES, error.name);
}

export function toError({ name, code, message, facts, nextStep }: Refusal): CodedError {
  return new LIBRARIES[name](code as never, message, { facts, nextStep });
}
