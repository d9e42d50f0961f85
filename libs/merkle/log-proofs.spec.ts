import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fromBase64, fromHex, toHex, utf8 } from '#libs/essentials';
import { describeWithShared } from '#libs/testkit';
import {
  inclusionProofs,
  leafHash,
  LogTree,
  nodesCompletedBy,
  verifyConsistency,
  verifyInclusion,
  type NodeReader,
} from './index.js';

const MAX = 70;

function treeOf(size: number): LogTree {
  const tree = new LogTree();
  for (let i = 0; i < size; i++) tree.append(utf8(`entry ${i}`));
  return tree;
}

const tree = treeOf(MAX);

describe('inclusion proofs', () => {
  it('prove every leaf of every tree up to 70 leaves', () => {
    for (let size = 1; size <= MAX; size++)
      for (let index = 0; index < size; index++)
        verifyInclusion({
          index,
          size,
          leafHash: leafHash(utf8(`entry ${index}`)),
          proof: tree.inclusionProof(index, size),
          root: tree.root(size),
        });
  });

  it('of several leaves are those of each, in the order they are asked for', () => {
    const nodes = new Map<string, Uint8Array>();
    const node: NodeReader = (level, index) => nodes.get(`${level}/${index}`)!;
    for (let i = 0; i < MAX; i++)
      for (const { level, index, hash } of nodesCompletedBy(i, leafHash(utf8(`entry ${i}`)), node))
        nodes.set(`${level}/${index}`, hash);
    const indexes = [69, 0, 33, 0, 64];
    expect(inclusionProofs(indexes, MAX, node)).toEqual(indexes.map((index) => tree.inclusionProof(index)));
    expect(() => inclusionProofs([0, MAX], MAX, node)).toThrow(
      expect.objectContaining({ code: 'INCLUSION_INDEX_OUT_OF_RANGE' }),
    );
  });

  it('prove nothing about another leaf, index, size or root', () => {
    fc.assert(
      fc.property(
        fc
          .integer({ min: 2, max: MAX })
          .chain((size) => fc.record({ size: fc.constant(size), index: fc.nat(size - 1) })),
        ({ size, index }) => {
          const claim = {
            index,
            size,
            leafHash: leafHash(utf8(`entry ${index}`)),
            proof: tree.inclusionProof(index, size),
            root: tree.root(size),
          };
          const other = (index + 1) % size;
          expect(() => verifyInclusion({ ...claim, leafHash: leafHash(utf8(`entry ${other}`)) })).toThrow(
            expect.objectContaining({ code: 'INCLUSION_ROOT_MISMATCH' }),
          );
          expect(() => verifyInclusion({ ...claim, index: other })).toThrow();
          expect(() => verifyInclusion({ ...claim, root: tree.root(size - 1) })).toThrow(
            expect.objectContaining({ code: 'INCLUSION_ROOT_MISMATCH' }),
          );
        },
      ),
    );
  });

  it.each([-1, 3, 1.5, Number.NaN, 2 ** 53])('are refused for index %d of three', (index) => {
    const claim = { size: 3, leafHash: new Uint8Array(32), proof: [], root: new Uint8Array(32) };
    expect(() => verifyInclusion({ ...claim, index })).toThrow(
      expect.objectContaining({ code: 'INCLUSION_INDEX_OUT_OF_RANGE' }),
    );
    expect(() => tree.inclusionProof(index, 3)).toThrow(
      expect.objectContaining({ code: 'INCLUSION_INDEX_OUT_OF_RANGE' }),
    );
  });

  it('are not made for a size the tree has not reached', () => {
    expect(() => tree.inclusionProof(0, MAX + 1)).toThrow(
      expect.objectContaining({ code: 'TREE_SIZE_INVALID' }),
    );
  });
});

describe('consistency proofs', () => {
  it('connect every pair of sizes up to 70 leaves', () => {
    for (let newSize = 1; newSize <= MAX; newSize++)
      for (let oldSize = 1; oldSize <= newSize; oldSize++)
        verifyConsistency({
          oldSize,
          newSize,
          oldRoot: tree.root(oldSize),
          newRoot: tree.root(newSize),
          proof: tree.consistencyProof(oldSize, newSize),
        });
  });

  it('do not connect a log whose past was rewritten', () => {
    const rewritten = new LogTree();
    for (let i = 0; i < 40; i++) rewritten.append(utf8(i === 3 ? 'something else' : `entry ${i}`));
    expect(() =>
      verifyConsistency({
        oldSize: 20,
        newSize: 40,
        oldRoot: tree.root(20),
        newRoot: rewritten.root(40),
        proof: rewritten.consistencyProof(20, 40),
      }),
    ).toThrow(expect.objectContaining({ code: 'CONSISTENCY_OLD_ROOT_MISMATCH' }));
  });

  it('are not made from the empty tree or backwards', () => {
    for (const [from, to] of [
      [0, 3],
      [4, 3],
    ])
      expect(() => tree.consistencyProof(from, to)).toThrow(
        expect.objectContaining({ code: 'CONSISTENCY_SIZES_OUT_OF_ORDER' }),
      );
  });
});

describeWithShared('vectors/derived-from-specs/rfc6962-reference-tree.json', 'the reference tree', (path) => {
  const vector = JSON.parse(readFileSync(path, 'utf8')) as {
    leaf_inputs_hex: string[];
    root_hashes_hex_by_size: string[];
  };
  it('has the published root at every size', () => {
    const reference = new LogTree();
    for (const leaf of vector.leaf_inputs_hex) reference.append(fromHex(leaf));
    const roots = vector.root_hashes_hex_by_size.map((_, size) => toHex(reference.root(size)));
    expect(roots).toEqual(vector.root_hashes_hex_by_size);
  });
});

interface Vector {
  readonly desc: string;
  readonly wantErr: boolean;
  readonly proof: string[] | null;
}

function vectorsIn<T extends Vector>(folder: string): [string, T][] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => [name, JSON.parse(readFileSync(join(folder, name), 'utf8')) as T]);
}

function expectOutcome(vector: Vector, verify: () => void): void {
  if (vector.wantErr) expect(verify).toThrow(expect.objectContaining({ name: 'MerkleError' }));
  else expect(verify).not.toThrow();
}

describeWithShared('vectors/rfc6962/testdata/inclusion', 'inclusion vectors', (folder) => {
  type InclusionVector = Vector & { leafIdx: number; treeSize: number; root: string; leafHash: string };
  it.each(vectorsIn<InclusionVector>(folder))('%s', (_, vector) => {
    expectOutcome(vector, () =>
      verifyInclusion({
        index: vector.leafIdx,
        size: vector.treeSize,
        leafHash: fromBase64(vector.leafHash),
        root: fromBase64(vector.root),
        proof: (vector.proof ?? []).map(fromBase64),
      }),
    );
  });
});

describeWithShared('vectors/rfc6962/testdata/consistency', 'consistency vectors', (folder) => {
  type ConsistencyVector = Vector & { size1: number; size2: number; root1: string; root2: string };
  it.each(vectorsIn<ConsistencyVector>(folder))('%s', (_, vector) => {
    // Some happy vectors carry roots that are no hashes at all; what they ask is only that equal roots are accepted.
    const asHash = (root: string) => hashLike(fromBase64(root));
    expectOutcome(vector, () =>
      verifyConsistency({
        oldSize: vector.size1,
        newSize: vector.size2,
        oldRoot: asHash(vector.root1),
        newRoot: asHash(vector.root2),
        proof: (vector.proof ?? []).map(fromBase64),
      }),
    );
  });
});

/** Pads the placeholders of the vectors ("don't care") to the length of a hash; real hashes stay as they are. */
function hashLike(bytes: Uint8Array): Uint8Array {
  if (bytes.length >= 32) return bytes;
  const padded = new Uint8Array(32);
  padded.set(bytes);
  return padded;
}
