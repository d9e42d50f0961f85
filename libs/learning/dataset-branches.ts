import { concatBytes, type Sha256 } from '#libs/essentials';
import { sparseBranches } from '#libs/kernels';
import { distinct, LABEL_LENGTH, leavesWhere, type DatasetLeaves } from './dataset-map.js';

const DEPTH = 10; // a person has some hundred records: most of a thousand branches of a large shard stay as they are
const BRANCHES = 2 ** DEPTH;
const NODE_PREFIX = 0x01; // DESIGN §6
const EMPTY = new Uint8Array(LABEL_LENGTH);

/**
 * A dataset map cut at a depth: the subtrees below it, from which the root is folded. Where some records are exchanged, only the
 * subtrees with their labels are hashed again.
 */
export class DatasetBranches {
  private constructor(
    private readonly nodes: Uint8Array,
    private readonly counts: Uint32Array,
  ) {}

  /** @throws LearningError DATASET_LABEL_TWICE */
  static of({ labels, values }: DatasetLeaves): DatasetBranches {
    const counts = new Uint32Array(BRANCHES);
    for (let at = 0; at < labels.length; at += LABEL_LENGTH) counts[branchOf(labels, at)]++;
    return new DatasetBranches(
      distinct(() => sparseBranches(labels, values, DEPTH)),
      counts,
    );
  }

  /**
   * The map of which some leaves have gone and others have come.
   *
   * @param kept leaves of this map that stay: those of the branches that change are needed, others may be there
   * @param gone labels of this map
   * @param come with their values
   * @throws LearningError DATASET_LABEL_TWICE
   */
  exchanged(kept: DatasetLeaves, gone: Uint8Array, come: DatasetLeaves): DatasetBranches {
    const isTouched = new Uint8Array(BRANCHES);
    for (const labels of [gone, come.labels])
      for (let at = 0; at < labels.length; at += LABEL_LENGTH) isTouched[branchOf(labels, at)] = 1;
    const beside = leavesWhere(kept, (_, at) => isTouched[branchOf(kept.labels, at)] === 1);
    const again = DatasetBranches.of(joined(beside, come));
    const [nodes, counts] = [this.nodes.slice(), this.counts.slice()];
    for (let branch = 0; branch < BRANCHES; branch++) {
      if (isTouched[branch] === 0) continue;
      nodes.set(again.node(branch), branch * LABEL_LENGTH);
      counts[branch] = again.counts[branch];
    }
    return new DatasetBranches(nodes, counts);
  }

  root(hash: Sha256): Uint8Array {
    return this.fold(0, BRANCHES, hash).node;
  }

  /** Node over the branches [from, to): none hashes to zeros, a single leaf to itself. */
  private fold(from: number, to: number, hash: Sha256): { node: Uint8Array; count: number } {
    if (to - from === 1) return { node: this.node(from), count: this.counts[from] };
    const middle = (from + to) / 2;
    const [left, right] = [this.fold(from, middle, hash), this.fold(middle, to, hash)];
    const count = left.count + right.count;
    if (count === 0) return { node: EMPTY, count };
    if (count === 1) return left.count === 1 ? left : right;
    return { node: hash(concatBytes(Uint8Array.of(NODE_PREFIX), left.node, right.node)), count };
  }

  private node(branch: number): Uint8Array {
    return this.nodes.subarray(branch * LABEL_LENGTH, (branch + 1) * LABEL_LENGTH);
  }
}

/** First bits of a label. */
function branchOf(labels: Uint8Array, at: number): number {
  return ((labels[at] << 8) | labels[at + 1]) >>> (16 - DEPTH);
}

function joined(one: DatasetLeaves, other: DatasetLeaves): DatasetLeaves {
  return {
    labels: concatBytes(one.labels, other.labels),
    values: concatBytes(one.values, other.values),
  };
}
