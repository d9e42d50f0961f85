import { describe, expect, it } from '@jest/globals';
import { concatBytes, equalBytes, u64be } from '#libs/essentials';
import {
  consistencyProof,
  encodeTile,
  GrowingTree,
  leafHash,
  LogTree,
  nodeOfTile,
  nodesCompletedBy,
  parseTile,
  tileOfNode,
  tilePath,
  tilesBetween,
  type NodeReader,
} from './index.js';

const SIZE = 66_000; // three rows of tiles, each with a partial one
const nodes = new Map<string, Uint8Array>();
const node: NodeReader = (level, index) => nodes.get(`${level}/${index}`)!;
const leaf = (index: number) => concatBytes(new Uint8Array(24), u64be(index)); // what a leaf hash is of does not matter here
for (let i = 0; i < SIZE; i++)
  for (const { level, index, hash } of nodesCompletedBy(i, leaf(i), node))
    nodes.set(`${level}/${index}`, hash);

describe('a growing tree', () => {
  it('has the roots of the tree that keeps everything, at every size up to two tiles', () => {
    const [growing, whole] = [new GrowingTree(), new LogTree()];
    expect(growing.root()).toEqual(whole.root());
    for (let i = 0; i < 520; i++) {
      growing.append(leafHash(u64be(i)));
      whole.append(u64be(i));
      expect(growing.root()).toEqual(whole.root());
    }
  });

  it('hands out exactly the tiles of the log, each with its hashes', () => {
    const growing = new GrowingTree();
    const handedOut = new Map<string, readonly Uint8Array[]>();
    for (let i = 0; i < SIZE; i++)
      for (const tile of growing.append(leaf(i))) handedOut.set(tilePath(tile), tile.hashes);
    for (const tile of growing.partialTiles()) handedOut.set(tilePath(tile), tile.hashes);
    const tiles = tilesBetween(0, SIZE);
    expect([...handedOut.keys()].sort()).toEqual(tiles.map(tilePath).sort());
    for (const tile of tiles)
      expect(equalBytes(concatBytes(...handedOut.get(tilePath(tile))!), encodeTile(tile, node))).toBe(true);
  });
});

describe('a node of a tree', () => {
  it('can be had from the one tile that tileOfNode names, for every node of a proof', () => {
    const known = new Set(tilesBetween(0, SIZE).map(tilePath));
    const fromTiles: NodeReader = (level, index) => {
      const tile = tileOfNode(level, index, SIZE);
      expect(known).toContain(tilePath(tile));
      return nodeOfTile(parseTile(encodeTile(tile, node), tile.width), level, index);
    };
    for (const from of [1, 2, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 65_999])
      expect(consistencyProof(from, SIZE, fromTiles)).toEqual(consistencyProof(from, SIZE, node));
  });
});
