import { TarError } from './tar-error.js';
import { BLOCK, MOST_EXTENDED, parseHeader, parseSizeRecord, type TarHeader } from './tar-header.js';
import { paddingOf } from './write-tar.js';

/** A file on its way out of an archive. */
export interface PackedFile {
  /** Chosen by whoever made the archive: to be compared with what is expected before anything is written under it. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** To be read to its end before the next file is asked for. */
  readonly content: AsyncIterable<Uint8Array>;
}

/**
 * Unpacks a tar archive as it comes; takes plain files in the ustar format and nothing else (no links, no folders, no devices).
 *
 * @throws TarError TAR_MALFORMED, TAR_TRUNCATED
 */
export async function* readTar(archive: AsyncIterable<Uint8Array>): AsyncGenerator<PackedFile> {
  const bytes = new Pieces(archive);
  for (let header = await nextHeader(bytes); header !== undefined; header = await nextHeader(bytes)) {
    const { name, size } = header;
    yield { name, size, content: bytes.take(header.size) };
    await bytes.skip(paddingOf(header.size));
  }
  await bytes.drain(); // the end of what carries the archive is checked, too
}

async function nextHeader(bytes: Pieces): Promise<TarHeader | undefined> {
  const header = parseHeader(await bytes.whole(BLOCK));
  if (header?.isExtended !== true) return header;
  if (header.size > MOST_EXTENDED) throw malformed('an extended header of the archive is too long');
  const size = parseSizeRecord(await bytes.whole(header.size));
  await bytes.skip(paddingOf(header.size));
  const file = parseHeader(await bytes.whole(BLOCK));
  if (file === undefined || file.isExtended)
    throw malformed('an extended header of the archive is of no file');
  return { name: file.name, size };
}

function malformed(message: string): TarError {
  return new TarError('TAR_MALFORMED', message);
}

/** A stream of bytes that is taken in lengths of the taker's choosing. */
class Pieces {
  private readonly source: AsyncIterator<Uint8Array>;
  private rest: Uint8Array = new Uint8Array(0);

  constructor(archive: AsyncIterable<Uint8Array>) {
    this.source = archive[Symbol.asyncIterator]();
  }

  async *take(length: number): AsyncGenerator<Uint8Array> {
    for (let left = length; left > 0;) {
      const piece = await this.upTo(left);
      left -= piece.length;
      yield piece;
    }
  }

  async whole(length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    let filled = 0;
    for await (const piece of this.take(length)) {
      bytes.set(piece, filled);
      filled += piece.length;
    }
    return bytes;
  }

  async skip(length: number): Promise<void> {
    for (let left = length; left > 0;) left -= (await this.upTo(left)).length;
  }

  async drain(): Promise<void> {
    while (!(await this.source.next()).done);
  }

  /** The next bytes, at least one and at most so many. */
  private async upTo(length: number): Promise<Uint8Array> {
    while (this.rest.length === 0) {
      const next = await this.source.next();
      if (next.done === true) throw new TarError('TAR_TRUNCATED', 'the archive ends in the middle');
      this.rest = next.value;
    }
    const piece = this.rest.subarray(0, length);
    this.rest = this.rest.subarray(piece.length);
    return piece;
  }
}
