import { utf8 } from '#libs/essentials';
import { partialsPath, TILE_WIDTH } from '#libs/merkle';
import type { ObjectStore } from '#platform/object-store';
import type { StaticFiles, TileFile } from './static-files.js';

/** Beginning of every key; model files and the marker of the installation lie beside it. */
const LEDGER = 'ledger/';
const CHECKPOINT = `${LEDGER}checkpoint`;
const STATEMENTS = `${LEDGER}statements/`;
const UPLOADS_AT_ONCE = 8;

/** Tiles from the one on that a log of `from` leaves lacks. */
type TilesFrom = (from: number) => Iterable<TileFile>;

/**
 * A copy of the log as static files in an object store, for whoever serves it from there. The first time it looks at what is there and
 * sends what is missing, later what has come since the checkpoint that is there.
 */
export class ObjectCopy {
  private isWhole = false;
  private statements: Set<string> | undefined;

  constructor(private readonly objects: Omit<ObjectStore, 'close' | 'copy' | 'sizeOf'>) {}

  /** Undefined before the first. */
  checkpoint(): Promise<Uint8Array | undefined> {
    return this.objects.get(CHECKPOINT);
  }

  async takeTiles(tilesFrom: TilesFrom, size: number): Promise<void> {
    const isThere = this.isWhole ? () => false : await this.lookAround();
    const wanted = this.isWhole ? tilesFrom(size) : tilesFrom(0);
    let sending: Promise<void>[] = [];
    for (const tile of wanted) {
      if (isThere(tile)) continue;
      sending.push(this.takeTile(tile));
      if (sending.length < UPLOADS_AT_ONCE) continue;
      await Promise.all(sending);
      sending = [];
    }
    await Promise.all(sending);
    this.isWhole = true;
  }

  /** None of them ever changes. */
  async takeStatements(files: Pick<StaticFiles, 'statementNames' | 'statement'>): Promise<void> {
    this.statements ??= new Set(await this.namesBelow(STATEMENTS));
    for (const name of await files.statementNames()) {
      if (this.statements.has(name)) continue;
      await this.objects.put(STATEMENTS + name, await files.statement(name), 'application/json');
      this.statements.add(name);
    }
  }

  /** Last of all: it never covers a tile that is not there. */
  async takeCheckpoint(note: string): Promise<void> {
    await this.objects.put(CHECKPOINT, utf8(note), 'text/plain; charset=utf-8');
  }

  /** Partial tiles make way for the full one, as in the folder. */
  private async takeTile({ path, width, content }: TileFile): Promise<void> {
    await this.objects.put(LEDGER + path, content());
    if (width === TILE_WIDTH) await this.objects.keepOnly(`${LEDGER}${partialsPath(path)}/`, () => false);
  }

  private async lookAround(): Promise<(tile: TileFile) => boolean> {
    const sizes = new Map<string, number>();
    for await (const { key, bytes } of this.objects.list(`${LEDGER}tile/`)) sizes.set(key, bytes);
    return ({ path, length }) => {
      const size = sizes.get(LEDGER + path);
      return size !== undefined && (length === undefined || size === length);
    };
  }

  private async namesBelow(prefix: string): Promise<string[]> {
    const names: string[] = [];
    for await (const { key } of this.objects.list(prefix)) names.push(key.slice(prefix.length));
    return names;
  }
}
