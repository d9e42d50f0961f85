import { PackedCursor } from '#libs/contracts';
import { fromHex, toHex } from '#libs/essentials';
import { sha256Many } from '#libs/kernels';
import { countRecords, leavesOf } from '#libs/learning';
import {
  differenceOfPages,
  MerkleError,
  PagedSparseMap,
  type MapChanges,
  type MapSummary,
  type MerkleErrorCode,
} from '#libs/merkle';
import { guarded } from './datasets-error.js';
import type { MapStore, StoredVersion } from './map-store.js';

/** The dataset of a shard in a version. */
export interface DatasetVersion {
  readonly version: number;
  /** Hex. */
  readonly datasetRoot: string;
}

/** Where the map of a new version goes. */
export interface MapTarget {
  readonly line: string;
  readonly shard: number;
  readonly version: number;
  /** The version that is brought forward; absent for the first, which is built from nothing. */
  readonly parent?: DatasetVersion;
}

/** What is believed to have changed since the parent. */
export interface ExpectedChange {
  /** Of the log: records that came later are new. */
  readonly position: bigint;
  /** Packed records that have gone; those that came later were never there. */
  readonly gone: readonly PackedSubject[];
}

interface PackedSubject {
  readonly records: Uint8Array;
}

export interface BroughtMap {
  /** Hex. */
  readonly datasetRoot: string;
  readonly count: number;
}

/** How a dataset became the next: a pruned map, and how many entries went and came (a replaced value is both). */
export interface DatasetDelta {
  readonly proof: Uint8Array;
  /** Labels that are in the dataset before and not in the one after. */
  readonly gone: readonly Uint8Array[];
  readonly deleted: number;
  readonly added: number;
}

const LABEL = 32;

/**
 * The dataset map of every shard in every version (DESIGN §6), so that what changed between two of them, and what is in none of them, can
 * be proven at any later time. Only labels and hashes are kept; they stay when the records and their keys are gone.
 */
export class DatasetMaps {
  constructor(private readonly store: MapStore) {}

  /**
   * Brings the map of a shard to these records by what differs, or builds it where the parent's is not there. Durable on return;
   * repeating it for the same version replaces what it wrote before.
   * @param subjects packed records (libs/contracts) that the shard trains on
   * @param expected where it is given only that is changed, which takes a fraction of the time; whether it was all, the root tells whoever
   *   knows it from elsewhere
   * @throws DatasetsError, LearningError DATASET_TOO_LARGE, MerkleError SPARSE_KEY_DUPLICATE
   */
  bring(target: MapTarget, subjects: readonly PackedSubject[], expected?: ExpectedChange): BroughtMap {
    return this.store.transaction(() => {
      const name = nameOf(target);
      const parent = target.parent && this.find(target, target.parent);
      this.store.dropAfter(name, parent?.number ?? target.version - 1); // also what a rebuild left that was given up
      const pages = this.store.pages(name, parent?.number ?? target.version, target.version);
      const map = new PagedSparseMap(pages, sha256Many);
      const made =
        parent === undefined
          ? map.build(...hashedLeaves(subjects))
          : ((expected && changedAsExpected(map, subjects, expected)) ??
            map.change(map.differenceTo(...hashedLeaves(subjects))));
      this.store.addVersion(name, { number: target.version, root: made.root, count: made.count });
      return { datasetRoot: toHex(made.root), count: made.count };
    });
  }

  /**
   * @param labels of which the proof also says whether they are in the dataset after
   * @returns undefined where the map of one of the versions is not there
   */
  delta(
    shard: { readonly line: string; readonly shard: number },
    before: DatasetVersion,
    after: DatasetVersion,
    labels: readonly Uint8Array[],
  ): DatasetDelta | undefined {
    return guarded(() => {
      const [old, now] = [this.find(shard, before), this.find(shard, after)];
      if (old === undefined || now === undefined) return undefined;
      const pages = this.store.pages(nameOf(shard), old.number);
      const { put, remove } = differenceOfPages(pages, this.store.pages(nameOf(shard), now.number));
      const touched = new Set([...remove, ...put.map(({ key }) => key)].map(toHex));
      const ask = labels.filter((label) => !touched.has(toHex(label)));
      const { proof } = new PagedSparseMap(pages, sha256Many).change({ put, remove, ask });
      const replaced = put.length - remove.length - (now.count - old.count);
      return { proof, gone: remove, deleted: remove.length + replaced, added: put.length };
    });
  }

  /** @returns a pruned map about the labels; undefined where the map is not there */
  absence(
    shard: { readonly line: string; readonly shard: number },
    dataset: DatasetVersion,
    labels: readonly Uint8Array[],
  ): Uint8Array | undefined {
    return guarded(() => {
      const found = this.find(shard, dataset);
      if (found === undefined) return undefined;
      return new PagedSparseMap(this.store.pages(nameOf(shard), found.number), sha256Many).prove(labels)
        .proof;
    });
  }

  /**
   * The version whose pages make this dataset: itself, or the last one in which the shard changed. Versions that were given up before they
   * were published have another root.
   */
  private find(
    shard: { readonly line: string; readonly shard: number },
    { version, datasetRoot }: DatasetVersion,
  ): StoredVersion | undefined {
    return this.store.versionWith(nameOf(shard), version, fromHex(datasetRoot));
  }
}

function nameOf({ line, shard }: { readonly line: string; readonly shard: number }): string {
  return `${line}/${shard}`;
}

/** Labels, and hashes of their values. */
function hashedLeaves(subjects: readonly PackedSubject[]): [Uint8Array, Uint8Array] {
  const { labels, values } = leavesOf(
    subjects.map(({ records }) => ({ records, count: countRecords(records) })),
  );
  return [labels, sha256Many(values, everyHash(labels.length / LABEL))];
}

/** What a change meets that was expected wrongly: something goes that is not there, or goes and comes at once. */
const OTHERWISE: ReadonlySet<MerkleErrorCode> = new Set(['SPARSE_KEY_ABSENT', 'SPARSE_KEY_DUPLICATE']);

/** undefined, and nothing written, where the expectation is wrong on its face. */
function changedAsExpected(
  map: PagedSparseMap,
  subjects: readonly PackedSubject[],
  { position, gone }: ExpectedChange,
): MapSummary | undefined {
  const came = recordsWhere(subjects, (at) => at > position);
  const went = recordsWhere(gone, (at) => at <= position);
  const [keys, valueHashes] = hashedLeaves(came);
  const rows = (of: Uint8Array): Uint8Array[] =>
    Array.from({ length: of.length / LABEL }, (_, row) => of.subarray(row * LABEL, (row + 1) * LABEL));
  const hashes = rows(valueHashes);
  const changes: MapChanges = {
    put: rows(keys).map((key, row) => ({ key, valueHash: hashes[row] })),
    remove: went.map(({ records }) => records.subarray(0, LABEL)),
  };
  try {
    return map.change(changes);
  } catch (failure) {
    if (failure instanceof MerkleError && OTHERWISE.has(failure.code)) return undefined;
    throw failure;
  }
}

/** Records by their positions in the log, each by itself. */
function recordsWhere(
  subjects: readonly PackedSubject[],
  isWanted: (position: bigint) => boolean,
): PackedSubject[] {
  const found: PackedSubject[] = [];
  for (const { records } of subjects) {
    const cursor = new PackedCursor(records);
    while (cursor.next())
      if (isWanted(cursor.position))
        found.push({ records: records.subarray(cursor.label, cursor.purposeEnd) });
  }
  return found;
}

function everyHash(count: number): Uint32Array {
  return Uint32Array.from({ length: count + 1 }, (_, message) => message * LABEL);
}
