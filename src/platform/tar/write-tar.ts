import { TarError } from './tar-error.js';
import { BLOCK, formatHeader } from './tar-header.js';

/** A file on its way into an archive. */
export interface FileToPack {
  readonly name: string;
  /** Bytes; known before the content is. */
  readonly size: number;
  readonly content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

/**
 * Packs files into a tar archive as they come; holds one piece of content at a time.
 *
 * @throws TarError TAR_NAME_TOO_LONG, TAR_ENTRY_SIZE_DIFFERS
 */
export async function* writeTar(files: AsyncIterable<FileToPack>): AsyncGenerator<Uint8Array> {
  for await (const { name, size, content } of files) {
    yield formatHeader({ name, size });
    let written = 0;
    for await (const piece of content) {
      written += piece.length;
      yield piece;
    }
    if (written !== size)
      throw new TarError('TAR_ENTRY_SIZE_DIFFERS', 'a file changed while it was packed', {
        facts: { size, written },
        nextStep: 'Try again.',
      });
    yield new Uint8Array(paddingOf(size));
  }
  yield new Uint8Array(2 * BLOCK);
}

/** Zeros that fill the last block of a file. */
export function paddingOf(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}
