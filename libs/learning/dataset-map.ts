import { OPENING_LENGTH, PackedCursor } from '#libs/contracts';
import { toHex } from '#libs/essentials';
import { KernelError, sha256Many, sparseRoot } from '#libs/kernels';
import { LearningError } from './learning-error.js';
import { MAX_TEXT_LENGTH, writeRecordText } from './packed-record-text.js';
import { sliceOf, type CountedSubject } from './shard-dataset.js';

export const LABEL_LENGTH = 32;
const MESSAGES_A_CALL = 4096;
const CHUNK = 256 * 1024; // bytes of messages a call: most are shorter than 64
const MAX_RECORDS = 2 ** 22; // in one shard: half a gigabyte of the kernel's memory

export interface DatasetMap {
  /** Hex. */
  readonly datasetRoot: string;
  readonly count: number;
}

/** The dataset map of a shard, and one for the records of each of its slices alone; the shard's own where there is one slice. */
export interface SlicedDatasetMap extends DatasetMap {
  readonly bySlice: readonly DatasetMap[];
}

/**
 * Root and size of a shard's dataset map (DESIGN §6): sparseMapRoot of libs/merkle over record label → recordCommitment. The same
 * bytes, computed by kernels, because a shard has a hundred thousand records and an erasure waits for it.
 *
 * @throws LearningError DATASET_LABEL_TWICE, DATASET_TOO_LARGE
 */
export function datasetMapOf(
  subjects: readonly Pick<CountedSubject, 'records' | 'count'>[],
  slices = 1,
): SlicedDatasetMap {
  const { labels, values } = leavesOf(subjects);
  const whole = { datasetRoot: toHex(rootOf(labels, values)), count: labels.length / LABEL_LENGTH };
  return { ...whole, bySlice: slices === 1 ? [whole] : mapsBySlice(labels, values, slices) };
}

/** Labels and commitments of records, 32 bytes each, in the order of the people. */
export interface DatasetLeaves {
  readonly labels: Uint8Array;
  readonly values: Uint8Array;
}

/** @throws LearningError DATASET_TOO_LARGE */
export function leavesOf(subjects: readonly Pick<CountedSubject, 'records' | 'count'>[]): DatasetLeaves {
  const total = subjects.reduce((sum, { count }) => sum + count, 0);
  if (total > MAX_RECORDS)
    throw new LearningError('DATASET_TOO_LARGE', `a shard holds at most ${MAX_RECORDS} records`, {
      facts: { records: total },
      nextStep: 'Start a model line with more shards.',
    });
  const labels = new Uint8Array(total * LABEL_LENGTH);
  const commitments = new Commitments(total);
  let at = 0;
  for (const { records } of subjects) {
    const cursor = new PackedCursor(records);
    while (cursor.next()) {
      for (let byte = cursor.label; byte < cursor.opening; byte++) labels[at++] = records[byte];
      commitments.add(cursor);
    }
  }
  return { labels, values: commitments.finish() };
}

function mapsBySlice(labels: Uint8Array, values: Uint8Array, slices: number): DatasetMap[] {
  const entries = Array.from({ length: slices }, (): number[] => []);
  for (let at = 0; at < labels.length; at += LABEL_LENGTH)
    entries[sliceOf(labels.subarray(at, at + LABEL_LENGTH), slices)].push(at);
  const gathered = (from: Uint8Array, places: readonly number[]): Uint8Array => {
    const parts = new Uint8Array(places.length * LABEL_LENGTH);
    places.forEach((at, index) => parts.set(from.subarray(at, at + LABEL_LENGTH), index * LABEL_LENGTH));
    return parts;
  };
  return entries.map((places) => ({
    datasetRoot: toHex(rootOf(gathered(labels, places), gathered(values, places))),
    count: places.length,
  }));
}

function rootOf(labels: Uint8Array, commitments: Uint8Array): Uint8Array {
  return distinct(() => sparseRoot(labels, commitments));
}

/** Those of the rows that are wanted, in their order. @param isWanted is told a row and its label's place */
export function leavesWhere(
  { labels, values }: DatasetLeaves,
  isWanted: (row: number, at: number) => boolean,
): DatasetLeaves {
  const runs: [from: number, to: number][] = [];
  let from = -1; // of a run of wanted rows
  for (let at = 0, row = 0; at < labels.length; at += LABEL_LENGTH, row++)
    if (isWanted(row, at)) {
      if (from < 0) from = at;
    } else if (from >= 0) {
      runs.push([from, at]);
      from = -1;
    }
  if (from === 0) return { labels, values }; // all, which is the rule where somebody is erased
  if (from > 0) runs.push([from, labels.length]);
  return { labels: joinedRuns(labels, runs), values: joinedRuns(values, runs) };
}

function joinedRuns(from: Uint8Array, runs: readonly [from: number, to: number][]): Uint8Array {
  const rows = new Uint8Array(runs.reduce((sum, [begin, end]) => sum + end - begin, 0));
  let to = 0;
  for (const [begin, end] of runs) {
    rows.set(from.subarray(begin, end), to);
    to += end - begin;
  }
  return rows;
}

/** What is made of a map's leaves. @throws LearningError DATASET_LABEL_TWICE */
export function distinct<T>(make: () => T): T {
  try {
    return make();
  } catch (cause) {
    if (!(cause instanceof KernelError && cause.code === 'KEY_TWICE')) throw cause;
    throw new LearningError('DATASET_LABEL_TWICE', 'a record label stands twice in one shard', { cause });
  }
}

/** recordCommitment of one record after the other, 32 bytes a record. */
class Commitments {
  private readonly commitments: Uint8Array;
  private readonly messages = new Uint8Array(CHUNK);
  private readonly ends = new Uint32Array(MESSAGES_A_CALL + 1);
  private waiting = 0;
  private done = 0;

  constructor(records: number) {
    this.commitments = new Uint8Array(records * LABEL_LENGTH);
  }

  add(record: PackedCursor): void {
    const { messages, ends } = this;
    if (this.waiting === MESSAGES_A_CALL || ends[this.waiting] + OPENING_LENGTH + MAX_TEXT_LENGTH > CHUNK)
      this.flush();
    let at = ends[this.waiting];
    const { packed, opening } = record;
    for (let byte = opening; byte < opening + OPENING_LENGTH; byte++) messages[at++] = packed[byte];
    ends[++this.waiting] = writeRecordText(record, messages, at);
  }

  finish(): Uint8Array {
    this.flush();
    return this.commitments;
  }

  private flush(): void {
    const ends = this.ends.subarray(0, this.waiting + 1);
    const hashes = sha256Many(this.messages.subarray(0, ends[this.waiting]), ends);
    this.commitments.set(hashes, this.done);
    this.done += hashes.length;
    this.waiting = 0;
  }
}
