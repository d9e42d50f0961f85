import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { equalBytes, utf8 } from '#libs/essentials';
import {
  encodeEntryBundle,
  encodeTile,
  entriesPath,
  HASH_LENGTH,
  partialsPath,
  tilePath,
  tilesBetween,
  TILE_WIDTH,
  type Tile,
} from '#libs/merkle';
import { FILE_MODE, FOLDER_MODE, writeFilesDurably } from '#platform/files';
import type { LedgerStore } from './ledger-store.js';

const MODES = { file: FILE_MODE.public, folder: FOLDER_MODE.public };
const STATEMENTS = 'statements';
const STATEMENT_FILE = /^\d+\.sigstore\.json$/;
const TILES_AT_ONCE = 64; // bounds the memory of a long catching up

export type WriteFiles = typeof writeFilesDurably;

/** The log as static files (C2SP tlog-tiles), each replaced as a whole and readable by everybody, such as a web server. */
export class StaticFiles {
  constructor(
    private readonly folder: string,
    private readonly write: WriteFiles = writeFilesDurably,
  ) {}

  /** The published checkpoint, a signed note; undefined when nothing was published. */
  async checkpoint(): Promise<Uint8Array | undefined> {
    return this.read('checkpoint');
  }

  /** Writes the tiles that a log of `to` leaves has and one of `from` leaves has not; all are durable when it resolves. */
  async publishTiles(store: LedgerStore, from: number, to: number): Promise<void> {
    const tiles = tilesBetween(from, to);
    for (let at = 0; at < tiles.length; at += TILES_AT_ONCE)
      await this.writeTiles(store, tiles.slice(at, at + TILES_AT_ONCE));
  }

  /**
   * Writes again what a log of `size` leaves lacks: tiles that are missing or have another length than they should, and partial
   * ones with another content. Full tiles of the right length are believed; comparing them is what a check of the ledger does.
   */
  async restoreTiles(store: LedgerStore, size: number): Promise<void> {
    for (const tile of tilesBetween(0, size))
      if (!(await this.isThere(store, tile))) await this.writeTiles(store, [tile]);
  }

  /** The checkpoint comes last: it never covers a tile that is not there. */
  async publishCheckpoint(checkpoint: string): Promise<void> {
    const content = utf8(checkpoint);
    const present = await this.checkpoint();
    if (present !== undefined && equalBytes(present, content)) return;
    await this.write([{ file: join(this.folder, 'checkpoint'), content }], MODES);
  }

  /** Names of what lies in the folder; empty when there is none. */
  async names(): Promise<string[]> {
    return (await ifThere(() => readdir(this.folder))) ?? [];
  }

  /** Copies the statements that `other` does not have; none of them ever changes. */
  async copyStatementsTo(other: StaticFiles): Promise<void> {
    const known = new Set(await other.statementNames());
    for (const name of (await this.statementNames()).filter((one) => !known.has(one)))
      await other.write(
        [{ file: join(other.folder, STATEMENTS, name), content: await this.statement(name) }],
        MODES,
      );
  }

  async statementNames(): Promise<string[]> {
    const names = (await ifThere(() => readdir(join(this.folder, STATEMENTS)))) ?? [];
    return names.filter((name) => STATEMENT_FILE.test(name));
  }

  statement(name: string): Promise<Uint8Array> {
    return readFile(join(this.folder, STATEMENTS, name));
  }

  private async writeTiles(store: LedgerStore, tiles: readonly Tile[]): Promise<void> {
    const files = tiles.flatMap((tile) => filesOf(store, tile));
    await this.write(
      files.map(({ path, content }) => ({ file: join(this.folder, path), content: content() })),
      MODES,
    );
    for (const { path, width } of files)
      if (width === TILE_WIDTH)
        await rm(join(this.folder, partialsPath(path)), { recursive: true, force: true });
  }

  private async isThere(store: LedgerStore, tile: Tile): Promise<boolean> {
    for (const { path, content, width, length } of filesOf(store, tile)) {
      const present = await this.sizeOf(path);
      if (present === undefined || (length !== undefined && present !== length)) return false;
      if (width < TILE_WIDTH && !equalBytes((await this.read(path))!, content())) return false;
    }
    return true;
  }

  private async sizeOf(path: string): Promise<number | undefined> {
    return (await ifThere(() => stat(join(this.folder, path))))?.size;
  }

  private async read(path: string): Promise<Uint8Array | undefined> {
    const content = await ifThere(() => readFile(join(this.folder, path)));
    return content && Uint8Array.from(content);
  }
}

export interface TileFile {
  /** Below the folder of the log. */
  readonly path: string;
  readonly width: number;
  /** Bytes, where the width tells. */
  readonly length?: number;
  readonly content: () => Uint8Array;
}

/** A tile of the lowest level has a bundle of entries beside it. */
function filesOf(store: LedgerStore, tile: Tile): TileFile[] {
  const { level, index, width } = tile;
  const hashes = {
    path: tilePath(tile),
    width,
    length: width * HASH_LENGTH,
    content: () => encodeTile(tile, store.node),
  };
  if (level > 0) return [hashes];
  const first = index * TILE_WIDTH;
  const content = (): Uint8Array => encodeEntryBundle(store.entries(first, first + width));
  return [{ path: entriesPath(index, width), width, content }, hashes];
}

/** What a log of `to` leaves is made of and one of `from` leaves is not, but for the checkpoint. */
export function* tileFiles(store: LedgerStore, from: number, to: number): Generator<TileFile> {
  for (const tile of tilesBetween(from, to)) yield* filesOf(store, tile);
}

async function ifThere<T>(look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
