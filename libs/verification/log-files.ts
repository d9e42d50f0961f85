import type { ErrorDetails } from '#libs/essentials';
import {
  entriesPath,
  MerkleError,
  parseEntryBundle,
  parseTile,
  TILE_WIDTH,
  tilePath,
  type Tile,
} from '#libs/merkle';
import { VerificationError, type VerificationErrorCode } from './verification-error.js';

/** The static files of a log (C2SP tlog-tiles), wherever they lie. What they hold is chosen by whoever serves them. */
export interface LogFiles {
  /**
   * @param path such as `checkpoint` or `tile/0/000`
   * @returns undefined when there is no such file
   */
  read(path: string): Promise<Uint8Array | undefined>;
}

/** @throws VerificationError LOG_CHECKPOINT_MISSING */
export async function readCheckpointFile(files: LogFiles): Promise<Uint8Array> {
  const note = await files.read('checkpoint');
  if (note === undefined)
    throw new VerificationError('LOG_CHECKPOINT_MISSING', 'the log has no file `checkpoint`', {
      nextStep: 'Name the folder or address that holds `checkpoint` and `tile/`.',
    });
  return note;
}

/** The hashes of a tile. @throws VerificationError LOG_TILE_MISSING, LOG_TILE_MALFORMED */
export function readTile(files: LogFiles, tile: Tile): Promise<Uint8Array[]> {
  return readOfWidth(
    files,
    (width) => tilePath({ ...tile, width }),
    tile.width,
    parseTile,
    'LOG_TILE_MISSING',
    'LOG_TILE_MALFORMED',
  );
}

/** The entries of a bundle. @throws VerificationError LOG_ENTRIES_MISSING, LOG_ENTRIES_MALFORMED */
export function readEntries(files: LogFiles, index: number, width: number): Promise<Uint8Array[]> {
  return readOfWidth(
    files,
    (wide) => entriesPath(index, wide),
    width,
    parseEntryBundle,
    'LOG_ENTRIES_MISSING',
    'LOG_ENTRIES_MALFORMED',
  );
}

/** A log that has grown since may have the full tile only (C2SP tlog-tiles, "Partial Tiles"); it begins with the partial one. */
async function readOfWidth(
  files: LogFiles,
  pathOf: (width: number) => string,
  width: number,
  parse: (bytes: Uint8Array, width: number) => Uint8Array[],
  missing: VerificationErrorCode,
  malformed: VerificationErrorCode,
): Promise<Uint8Array[]> {
  for (const present of width === TILE_WIDTH ? [width] : [width, TILE_WIDTH]) {
    const path = pathOf(present);
    const bytes = await files.read(path);
    if (bytes === undefined) continue;
    try {
      return parse(bytes, present).slice(0, width);
    } catch (cause) {
      if (!(cause instanceof MerkleError)) throw cause;
      throw refuse(malformed, 'a file of the log is cut short or not what its name says', {
        facts: { path, length: bytes.length },
        cause,
      });
    }
  }
  throw refuse(missing, 'the log lacks a file that its checkpoint covers', {
    facts: { path: pathOf(width) },
  });
}

function refuse(code: VerificationErrorCode, message: string, details: ErrorDetails): VerificationError {
  return new VerificationError(code, message, {
    nextStep:
      'Fetch the log again; if the file is still like this, keep your copy and ask the operator why the log is not whole.',
    ...details,
  });
}
