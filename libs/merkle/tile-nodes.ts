import { nodeHash, treeRoot, type NodeReader } from './log-tree.js';
import { TILE_WIDTH, type Tile } from './tiles.js';

const TILE_HEIGHT = 8;

/** The tile whose hashes a complete node of a tree of `size` leaves is made of. */
export function tileOfNode(level: number, index: number, size: number): Tile {
  const tileLevel = Math.floor(level / TILE_HEIGHT);
  const tileIndex = Math.floor((index * 2 ** (level % TILE_HEIGHT)) / TILE_WIDTH);
  const row = Math.floor(size / TILE_WIDTH ** tileLevel);
  return {
    level: tileLevel,
    index: tileIndex,
    width: Math.min(TILE_WIDTH, row - tileIndex * TILE_WIDTH),
  };
}

/** A node out of the hashes of its tile. */
export function nodeOfTile(hashes: readonly Uint8Array[], level: number, index: number): Uint8Array {
  const width = 2 ** (level % TILE_HEIGHT);
  const from = (index * width) % TILE_WIDTH;
  return completeRoot(hashes.slice(from, from + width));
}

/** A tile with its hashes, as a GrowingTree hands it out. */
export interface HashedTile extends Tile {
  readonly hashes: readonly Uint8Array[];
}

/**
 * A log tree that is read from its first leaf on and forgets what it does not need: of each row of tiles it holds the one that is
 * being filled, at most 256 hashes a row.
 */
export class GrowingTree {
  private readonly rows: Uint8Array[][] = [];
  private leaves = 0;

  get size(): number {
    return this.leaves;
  }

  /** @returns the tiles that became full, lower rows first */
  append(leaf: Uint8Array): HashedTile[] {
    this.leaves++;
    const full: HashedTile[] = [];
    let hash = leaf;
    for (let level = 0; ; level++) {
      const row = (this.rows[level] ??= []);
      row.push(hash);
      if (row.length < TILE_WIDTH) return full;
      const index = this.leaves / TILE_WIDTH ** (level + 1) - 1;
      full.push({ level, index, width: TILE_WIDTH, hashes: row });
      this.rows[level] = [];
      hash = completeRoot(row);
    }
  }

  /** The tiles at the right edge that are not full, lower rows first. */
  partialTiles(): HashedTile[] {
    return this.rows.flatMap((hashes, level) => {
      if (hashes.length === 0) return [];
      const index = Math.floor(this.leaves / TILE_WIDTH ** (level + 1));
      return [{ level, index, width: hashes.length, hashes }];
    });
  }

  /** MTH of all leaves so far (RFC 6962 §2.1). */
  root(): Uint8Array {
    // Whatever the root of the whole is made of is complete and not inside a larger complete node, so it is in no full tile.
    const node: NodeReader = (level, index) =>
      nodeOfTile(this.rows[Math.floor(level / TILE_HEIGHT)], level, index);
    return treeRoot(this.leaves, node);
  }
}

/** Root of a complete tree over 2^n hashes. */
function completeRoot(hashes: readonly Uint8Array[]): Uint8Array {
  if (hashes.length === 1) return hashes[0];
  const above: Uint8Array[] = [];
  for (let i = 0; i < hashes.length; i += 2) above.push(nodeHash(hashes[i], hashes[i + 1]));
  return completeRoot(above);
}
