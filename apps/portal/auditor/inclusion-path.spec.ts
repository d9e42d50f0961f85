import { describe, expect, it } from '@jest/globals';
import { toHex, utf8 } from '#libs/essentials';
import { leafHash, LogTree } from '#libs/merkle';
import { inclusionPath } from './inclusion-path.js';

const SIZE = 21;
const tree = new LogTree();
for (let index = 0; index < SIZE; index++) tree.append(utf8(`entry ${index}`));

const pathOf = (index: number, size = SIZE) =>
  inclusionPath(index, size, leafHash(utf8(`entry ${index}`)), tree.inclusionProof(index, size));

describe('the way from an entry to the root', () => {
  it.each(Array.from({ length: SIZE }, (_, index) => index))('of entry %d ends at the root', (index) => {
    const { root } = pathOf(index)!;
    expect({ ...root, hash: toHex(root.hash) }).toEqual({ from: 0, until: SIZE, hash: toHex(tree.root()) });
  });

  it('covers, with what lies beside it, all entries below each node once', () => {
    const { steps, root } = pathOf(18)!;
    const above = [...steps.slice(1).map(({ node }) => node), root];
    steps.forEach(({ node, sibling }, at) => {
      const [left, right] = sibling.side === 'left' ? [sibling, node] : [node, sibling];
      expect([left.from, left.until, right.until]).toEqual([above[at].from, right.from, above[at].until]);
    });
  });

  it('has no step where there is one entry', () => expect(pathOf(0, 1)!.steps).toEqual([]));

  it('leads elsewhere from another leaf', () => {
    const { root } = inclusionPath(5, SIZE, leafHash(utf8('another')), tree.inclusionProof(5, SIZE))!;
    expect(toHex(root.hash)).not.toBe(toHex(tree.root()));
  });

  it('is not drawn from a proof of another length', () =>
    expect(
      inclusionPath(5, SIZE, leafHash(utf8('entry 5')), tree.inclusionProof(5, SIZE).slice(1)),
    ).toBeUndefined());
});
