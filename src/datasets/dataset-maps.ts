import { fromHex, toHex } from '#libs/essentials';
import { sha256Many } from '#libs/kernels';
import { countRecords, leavesOf } from '#libs/learning';
import { differenceOfPages, PagedSparseMap } from '#libs/merkle';
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
   * @throws DatasetsError, LearningError DATASET_TOO_LARGE, MerkleError SPARSE_KEY_DUPLICATE
   */
  bring(target: MapTarget, subjects: readonly { readonly records: Uint8Array }[]): BroughtMap {
    const { labels, values } = leavesOf(
      subjects.map(({ records }) => ({ records, count: countRecords(records) })),
    );
    const valueHashes = sha256Many(values, everyHash(labels.length / LABEL));
    return this.store.transaction(() => {
      const name = nameOf(target);
      const parent = target.parent && this.find(target, target.parent);
      this.store.dropAfter(name, parent?.number ?? target.version - 1); // also what a rebuild left that was given up
      const pages = this.store.pages(name, parent?.number ?? target.version, target.version);
      const map = new PagedSparseMap(pages, sha256Many);
      const made =
        parent === undefined
          ? map.build(labels, valueHashes)
          : map.change(map.differenceTo(labels, valueHashes));
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

function everyHash(count: number): Uint32Array {
  return Uint32Array.from({ length: count + 1 }, (_, message) => message * LABEL);
}
