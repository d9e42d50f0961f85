import { nodeHash } from '#libs/merkle';

/** A node of the ledger's tree over entries [from, until). */
export interface TreeNode {
  readonly from: number;
  readonly until: number;
  readonly hash: Uint8Array;
}

/** One step upwards: a computed node, the one of the proof beside it, and the side of that one. */
export interface PathStep {
  readonly node: TreeNode;
  readonly sibling: TreeNode & { readonly side: 'left' | 'right' };
}

/** The way from an entry to the root that its proof leads to. */
export interface InclusionPath {
  /** From the leaf upwards. */
  readonly steps: readonly PathStep[];
  readonly root: TreeNode;
}

/**
 * Every node between a leaf and the root, with the entries that it covers (RFC 6962 §2.1.1); all hashes but the proof's are computed here.
 *
 * @returns undefined when the proof has not one hash for each step
 */
export function inclusionPath(
  index: number,
  size: number,
  leafHash: Uint8Array,
  proof: readonly Uint8Array[],
): InclusionPath | undefined {
  const siblings = siblingRanges(index, 0, size);
  if (siblings.length !== proof.length) return undefined;
  const steps: PathStep[] = [];
  let node: TreeNode = { from: index, until: index + 1, hash: leafHash };
  siblings.forEach((range, at) => {
    const sibling = { ...range, hash: proof[at] };
    steps.push({ node, sibling });
    node =
      range.side === 'left'
        ? { from: range.from, until: node.until, hash: nodeHash(sibling.hash, node.hash) }
        : { from: node.from, until: range.until, hash: nodeHash(node.hash, sibling.hash) };
  });
  return { steps, root: node };
}

type Range = Pick<PathStep['sibling'], 'from' | 'until' | 'side'>;

/** What lies beside the path, from the leaf upwards. */
function siblingRanges(index: number, from: number, until: number): Range[] {
  if (until - from <= 1) return [];
  const middle = from + largestPowerBelow(until - from);
  return index < middle
    ? [...siblingRanges(index, from, middle), { from: middle, until, side: 'right' }]
    : [...siblingRanges(index, middle, until), { from, until: middle, side: 'left' }];
}

/** k of RFC 6962 §2.1; count ≥ 2. */
function largestPowerBelow(count: number): number {
  let k = 1;
  while (k * 2 < count) k *= 2;
  return k;
}
