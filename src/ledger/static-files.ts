import { readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { equalBytes, utf8 } from '#libs/essentials';
import {
  encodeEntryBundle,
  encodeTile,
  entriesPath,
  partialsPath,
  tilePath,
  tilesBetween,
  TILE_WIDTH,
  type Tile,
} from '#libs/merkle';
import { FILE_MODE, FOLDER_MODE, makeFolder, writeFileDurably } from '#platform/files';
import type { LedgerStore } from './ledger-store.js';

/** The log as static files (C2SP tlog-tiles), each replaced as a whole and readable by everybody, such as a web server. */
export class StaticFiles {
  constructor(private readonly folder: string) {}

  /** The published checkpoint, a signed note; undefined when nothing was published. */
  async checkpoint(): Promise<Uint8Array | undefined> {
    return this.read('checkpoint');
  }

  /** Writes the tiles that a log of `to` leaves has and one of `from` leaves has not; what stands there already is left alone. */
  async publishTiles(store: LedgerStore, from: number, to: number): Promise<void> {
    for (const tile of tilesBetween(from, to)) {
      if (tile.level === 0) await this.publishEntries(store, tile);
      await this.publish(tilePath(tile), encodeTile(tile, store.node), tile.width);
    }
  }

  /** The checkpoint comes last: it never covers a tile that is not there. */
  async publishCheckpoint(checkpoint: string): Promise<void> {
    await this.write('checkpoint', utf8(checkpoint));
  }

  private async publishEntries(store: LedgerStore, { index, width }: Tile): Promise<void> {
    const first = index * TILE_WIDTH;
    await this.publish(
      entriesPath(index, width),
      encodeEntryBundle(store.entries(first, first + width)),
      width,
    );
  }

  private async publish(path: string, content: Uint8Array, width: number): Promise<void> {
    await this.write(path, content);
    if (width === TILE_WIDTH)
      await rm(join(this.folder, partialsPath(path)), { recursive: true, force: true });
  }

  private async write(path: string, content: Uint8Array): Promise<void> {
    const present = await this.read(path);
    if (present !== undefined && equalBytes(present, content)) return;
    const file = join(this.folder, path);
    await makeFolder(dirname(file), FOLDER_MODE.public);
    await writeFileDurably(file, content, FILE_MODE.public);
  }

  private async read(path: string): Promise<Uint8Array | undefined> {
    try {
      return Uint8Array.from(await readFile(join(this.folder, path)));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }
}
