import { OPENING_LENGTH, recordText, type StoredRecord } from '#libs/contracts';
import { compareBytes, toHex } from '#libs/essentials';
import { KernelError, sha256Many, sparseRoot } from '#libs/kernels';
import { LearningError } from './learning-error.js';

const LABEL_LENGTH = 32;
const MAX_BYTES_A_UNIT = 3; // of UTF-8 for one UTF-16 code unit
const CHUNK = 256 * 1024;
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
 * @throws LearningError DATASET_LABEL_TWICE
 */
export function datasetMapOf(records: readonly StoredRecord[]): DatasetMap {
  const sorted = sortByLabel(records);
  const labels = new Uint8Array(sorted.length * LABEL_LENGTH);
  sorted.forEach(({ label }, at) => labels.set(label, at * LABEL_LENGTH));
  return { datasetRoot: toHex(rootOf(labels, commitmentsOf(sorted))), count: sorted.length };
}

function rootOf(labels: Uint8Array, commitments: Uint8Array): Uint8Array {
  try {
    return sparseRoot(labels, commitments);
  } catch (cause) {
    if (!(cause instanceof KernelError && cause.code === 'KEYS_NOT_ASCENDING')) throw cause;
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
 * Sorts by label. Comparing byte strings a million times is slow, so the first 32 bits of each label and its index are packed into one
 * double and sorted as numbers; only labels that agree in those bits are compared.
 */
function sortByLabel(records: readonly StoredRecord[]): StoredRecord[] {
  const span = 2 ** 21; // 32 bits of label and 21 of index fill the 53 bits of a double
  if (records.length > span) return [...records].sort((a, b) => compareBytes(a.label, b.label));
  const packed = Float64Array.from(records, ({ label }, index) => leading32(label) * span + index).sort();
  const sorted = Array.from(packed, (value) => records[value % span]);
  for (let from = 0, to = 1; from < sorted.length; from = to, to = from + 1) {
    while (to < sorted.length && leading32(sorted[to].label) === leading32(sorted[from].label)) to++;
    if (to - from > 1)
      sorted.splice(
        from,
        to - from,
        ...sorted.slice(from, to).sort((a, b) => compareBytes(a.label, b.label)),
      );
  }
  return sorted;
}

function leading32(label: Uint8Array): number {
  return ((label[0] << 24) | (label[1] << 16) | (label[2] << 8) | label[3]) >>> 0;
}
