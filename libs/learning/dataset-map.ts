import { OPENING_LENGTH, recordText, type StoredRecord } from '#libs/contracts';
import { compareBytes, toHex } from '#libs/essentials';
import { KernelError, sha256Many, sparseRoot } from '#libs/kernels';
import { LearningError } from './learning-error.js';

const LABEL_LENGTH = 32;
const MAX_BYTES_A_UNIT = 3; // of UTF-8 for one UTF-16 code unit
const CHUNK = 256 * 1024;
const MAX_RECORDS = 2 ** 21; // in one shard: 32 bits of label and 21 of index fill the 53 bits of a double
const encoder = new TextEncoder();

export interface DatasetMap {
  /** Hex. */
  readonly datasetRoot: string;
  readonly count: number;
}

/**
 * Root and size of a shard's dataset map (DESIGN §6): sparseMapRoot of libs/merkle over record label → recordCommitment. The same
 * bytes, computed by kernels, because a shard has a hundred thousand records and an erasure waits for it.
 *
 * @throws LearningError DATASET_LABEL_TWICE, DATASET_TOO_LARGE
 */
export function datasetMapOf(records: readonly StoredRecord[]): DatasetMap {
  if (records.length > MAX_RECORDS)
    throw new LearningError('DATASET_TOO_LARGE', `a shard holds at most ${MAX_RECORDS} records`, {
      facts: { records: records.length },
      nextStep: 'Start a model line with more shards.',
    });
  const labels = new Uint8Array(records.length * LABEL_LENGTH);
  records.forEach(({ label }, at) => labels.set(label, at * LABEL_LENGTH));
  const order = orderOf(labels);
  const root = rootOf(inOrder(labels, order), inOrder(commitmentsOf(records), order));
  return { datasetRoot: toHex(root), count: records.length };
}

function rootOf(labels: Uint8Array, commitments: Uint8Array): Uint8Array {
  try {
    return sparseRoot(labels, commitments);
  } catch (cause) {
    if (!(cause instanceof KernelError && cause.code === 'KEY_TWICE')) throw cause;
    throw new LearningError('DATASET_LABEL_TWICE', 'a record label stands twice in one shard', { cause });
  }
}

/** recordCommitment of each record, 32 bytes a record. */
function commitmentsOf(records: readonly StoredRecord[]): Uint8Array {
  const commitments = new Uint8Array(records.length * LABEL_LENGTH);
  const messages = new Uint8Array(CHUNK);
  let ends: number[] = [];
  let at = 0;
  let done = 0;
  const flush = (): void => {
    const hashes = sha256Many(messages.subarray(0, at), Uint32Array.of(0, ...ends));
    commitments.set(hashes, done);
    done += hashes.length;
    ends = [];
    at = 0;
  };
  for (const record of records) {
    const text = recordText(record);
    if (at + OPENING_LENGTH + text.length * MAX_BYTES_A_UNIT > CHUNK) flush();
    messages.set(record.opening, at);
    at = writeUtf8(text, messages, at + OPENING_LENGTH);
    ends.push(at);
  }
  flush();
  return commitments;
}

/** Writes the text and returns where it ends. Most are ASCII, for which a loop beats the call into the encoder. */
function writeUtf8(text: string, to: Uint8Array, start: number): number {
  for (let unit = 0; unit < text.length; unit++) {
    const code = text.charCodeAt(unit);
    if (code > 0x7f) return start + encoder.encodeInto(text, to.subarray(start)).written;
    to[start + unit] = code;
  }
  return start + text.length;
}

/**
 * The order that sorts labels of 32 bytes. Comparing byte strings a million times is slow, so the first 32 bits of each label and its
 * index are packed into one double and sorted as numbers; only labels that agree in those bits are compared.
 */
function orderOf(labels: Uint8Array): Uint32Array {
  const view = new DataView(labels.buffer);
  const packed = new Float64Array(labels.length / LABEL_LENGTH);
  for (let at = 0; at < packed.length; at++)
    packed[at] = view.getUint32(at * LABEL_LENGTH) * MAX_RECORDS + at;
  packed.sort();
  const prefixes = packed.map((value) => Math.floor(value / MAX_RECORDS));
  const order = Uint32Array.from(packed, (value, at) => value - prefixes[at] * MAX_RECORDS);
  const labelAt = (index: number) => labels.subarray(index * LABEL_LENGTH, (index + 1) * LABEL_LENGTH);
  for (let from = 0, to = 1; from < order.length; from = to, to = from + 1) {
    while (to < order.length && prefixes[to] === prefixes[from]) to++;
    if (to - from > 1) order.subarray(from, to).sort((a, b) => compareBytes(labelAt(a), labelAt(b)));
  }
  return order;
}

/** Rows of 32 bytes in another order. */
function inOrder(rows: Uint8Array, order: Uint32Array): Uint8Array {
  const words = LABEL_LENGTH / Uint32Array.BYTES_PER_ELEMENT;
  const from = new Uint32Array(rows.buffer);
  const to = new Uint32Array(rows.length / Uint32Array.BYTES_PER_ELEMENT);
  for (let row = 0; row < order.length; row++)
    for (let word = 0; word < words; word++) to[row * words + word] = from[order[row] * words + word];
  return new Uint8Array(to.buffer);
}
