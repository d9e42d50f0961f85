import { EventStoreError, VaultError } from '#libs/messaging';
import { refusals, type Refusal } from '#platform/threads';
import type { FoldedInteractions } from '#stages/projections';

/** What a thread that folds opens, each for reading only. */
export interface FoldFiles {
  /** Files of event store and vault. */
  readonly events: string;
  readonly vault: string;
  /** 32 bytes. */
  readonly kek: Uint8Array;
}

/** after < position ≤ upTo. */
export interface FoldTask {
  readonly after: bigint;
  readonly upTo: bigint;
}

export type FoldAnswer = { readonly folded: PackedFold } | { readonly refusal: Refusal };

/** Chunks on their way between threads: one buffer instead of thousands. */
interface PackedFold {
  readonly events: number;
  readonly subjects: readonly string[];
  readonly positions: BigUint64Array;
  /** Chunk c is records[ends[c − 1] … ends[c]). */
  readonly ends: Float64Array;
  readonly records: Uint8Array;
}

export const { refusalOf, toError } = refusals({ EventStoreError, VaultError });

export function packFold({ events, chunks }: FoldedInteractions): PackedFold {
  const ends = new Float64Array(chunks.length);
  let length = 0;
  chunks.forEach(({ records }, at) => (ends[at] = length += records.length));
  const records = new Uint8Array(length);
  chunks.forEach((chunk, at) => records.set(chunk.records, ends[at] - chunk.records.length));
  return {
    events,
    subjects: chunks.map(({ subject }) => subject),
    positions: BigUint64Array.from(chunks, ({ position }) => position),
    ends,
    records,
  };
}

export function unpackFold({ events, subjects, positions, ends, records }: PackedFold): FoldedInteractions {
  const chunks = subjects.map((subject, at) => ({
    subject,
    position: positions[at],
    records: records.subarray(at === 0 ? 0 : ends[at - 1], ends[at]),
  }));
  return { events, chunks };
}
