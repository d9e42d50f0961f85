import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { concatBytes, fromUtf8, utf8 } from '#libs/essentials';
import { readTar, writeTar, type FileToPack } from './index.js';

const FILES: Readonly<Record<string, string>> = {
  'models/manifest.json': '{"a":1}',
  empty: '',
  block: 'x'.repeat(512),
  long: 'y'.repeat(100_000),
};
const refusal = (code: string) => expect.objectContaining({ name: 'TarError', code });

async function* toPack(files: readonly FileToPack[]): AsyncGenerator<FileToPack> {
  yield* files;
}
const asPieces = (text: string): Pick<FileToPack, 'size' | 'content'> => ({
  size: text.length,
  content: [utf8(text.slice(0, 7)), utf8(text.slice(7))],
});

async function packed(files: readonly FileToPack[]): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of writeTar(toPack(files))) pieces.push(piece);
  return concatBytes(...pieces);
}

async function* inPieces(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += length) yield bytes.subarray(from, from + length);
}

async function unpacked(bytes: Uint8Array, pieceLength = 1000): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for await (const { name, content } of readTar(inPieces(bytes, pieceLength))) {
    files[name] = '';
    for await (const piece of content) files[name] += fromUtf8(piece);
  }
  return files;
}

describe('a tar archive', () => {
  let folder: string;
  let archive: Uint8Array;
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'tar-'));
    archive = await packed(Object.entries(FILES).map(([name, text]) => ({ name, ...asPieces(text) })));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([1, 511, 512, 513, 1 << 20])(
    'comes out as it went in, read in pieces of %d bytes',
    async (length) => {
      expect(await unpacked(archive, length)).toEqual(FILES);
    },
  );

  it('is one that the system’s tar unpacks', () => {
    writeFileSync(path.join(folder, 'a.tar'), archive);
    execFileSync('tar', ['-xf', 'a.tar'], { cwd: folder });
    for (const [name, text] of Object.entries(FILES))
      expect(readFileSync(path.join(folder, name), 'utf8')).toBe(text);
  });

  it('is refused when it ends in the middle of a file', async () => {
    await expect(unpacked(archive.subarray(0, 3_000))).rejects.toThrow(refusal('TAR_TRUNCATED'));
  });

  it.each<[string, (header: Uint8Array) => void]>([
    ['a changed name', (header) => (header[0] ^= 1)],
    ['a link', (header) => (header[156] = 0x32)],
    ['no magic', (header) => (header[257] = 0)],
    ['a size that is no number', (header) => header.fill(0x39, 124, 135)],
  ])('is refused when a header has %s', async (_, change) => {
    const changed = Uint8Array.from(archive);
    change(changed);
    await expect(unpacked(changed)).rejects.toThrow(refusal('TAR_MALFORMED'));
  });

  it.each<[string, FileToPack, string]>([
    ['too long a name', { name: 'n'.repeat(101), ...asPieces('x') }, 'TAR_NAME_TOO_LONG'],
    ['a file of 8 GiB', { name: 'n', size: 8 ** 11, content: [] }, 'TAR_ENTRY_TOO_LARGE'],
    ['a file that shrank', { name: 'n', size: 9, content: [utf8('8 bytes.')] }, 'TAR_ENTRY_SIZE_DIFFERS'],
  ])('cannot be made of %s', async (_, file, code) => {
    await expect(packed([file])).rejects.toThrow(refusal(code));
  });
});
