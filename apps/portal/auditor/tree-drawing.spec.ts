import { describe, expect, it } from '@jest/globals';
import { utf8 } from '#libs/essentials';
import { leafHash, LogTree } from '#libs/merkle';
import { inclusionPath } from './inclusion-path.js';
import { DRAWING, drawTree } from './tree-drawing.js';

const tree = new LogTree();
for (let index = 0; index < 21; index++) tree.append(utf8(`entry ${index}`));
const drawing = (index: number) =>
  drawTree(inclusionPath(index, 21, leafHash(utf8(`entry ${index}`)), tree.inclusionProof(index))!);

describe('the drawing of a proof', () => {
  it('has the root above everything, and all inside its frame', () => {
    const { nodes, height } = drawing(10);
    const root = nodes.find(({ role }) => role === 'root')!;
    expect(Math.min(...nodes.map(({ y }) => y))).toBe(root.y);
    for (const { x, y } of nodes) {
      expect(Math.abs(x - DRAWING.middle) + DRAWING.nodeWidth / 2).toBeLessThanOrEqual(DRAWING.width / 2);
      expect(y + DRAWING.nodeHeight / 2).toBeLessThanOrEqual(height);
    }
  });

  it('sets earlier entries to the left', () => {
    for (const index of [0, 7, 10, 20]) {
      const { nodes } = drawing(index);
      for (const left of nodes)
        for (const right of nodes.filter(({ x, y }) => y === left.y && x > left.x))
          expect(left.until).toBe(right.from);
    }
  });

  it('joins each node with the one that covers it', () => {
    for (const { from, to } of drawing(20).lines) {
      expect(to.from <= from.from && from.until <= to.until).toBe(true);
      expect(to.y).toBeLessThan(from.y);
    }
  });
});
