import { toHex } from '#libs/essentials';
import type { InclusionPath, TreeNode } from './inclusion-path.js';

/** Places of a drawing that is 360 units wide; rows count from the root downwards. */
export const DRAWING = {
  width: 360,
  nodeWidth: 150,
  nodeHeight: 44,
  rowHeight: 76,
  left: 85,
  middle: 180,
  right: 275,
} as const;

export interface DrawnNode {
  readonly x: number;
  readonly y: number;
  readonly role: 'computed' | 'given' | 'root';
  readonly from: number;
  readonly until: number;
  /** Hex. */
  readonly hash: string;
}

export interface TreeDrawing {
  readonly height: number;
  readonly nodes: readonly DrawnNode[];
  /** From a node to the one above it. */
  readonly lines: readonly { readonly from: DrawnNode; readonly to: DrawnNode }[];
}

/** Where the nodes of a proof stand: every step is a row of two, of which the left one covers the earlier entries; the root is alone above them. */
export function drawTree({ steps, root }: InclusionPath): TreeDrawing {
  const { rowHeight, left, middle, right, nodeHeight } = DRAWING;
  const yOf = (level: number): number => nodeHeight / 2 + 2 + (steps.length - level) * rowHeight;
  const drawn = (node: TreeNode, x: number, level: number, role: DrawnNode['role']): DrawnNode => ({
    x,
    y: yOf(level),
    role,
    from: node.from,
    until: node.until,
    hash: toHex(node.hash),
  });
  const rows = steps.map(({ node, sibling }, level) => {
    const isLeft = sibling.side === 'left';
    return {
      computed: drawn(node, isLeft ? right : left, level, 'computed'),
      given: drawn(sibling, isLeft ? left : right, level, 'given'),
    };
  });
  const top = drawn(root, middle, steps.length, 'root');
  const above = [...rows.slice(1).map(({ computed }) => computed), top];
  return {
    height: yOf(0) + nodeHeight / 2 + 2,
    nodes: [...rows.flatMap(({ computed, given }) => [computed, given]), top],
    lines: rows.flatMap(({ computed, given }, level) => [
      { from: computed, to: above[level] },
      { from: given, to: above[level] },
    ]),
  };
}
