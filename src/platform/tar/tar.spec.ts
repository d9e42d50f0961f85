import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { concatBytes, fromUtf8, utf8 } from '#libs/essentials';
import { readTar, writeTar, type FileToPack } from './index.js';
import { formatHeader } from './tar-header.js';

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

  it('holds a file of more than 8 GiB, between others, and is one that the system’s tar lists', async () => {
    const size = 8 ** 11 + 5;
    const megabyte = new Uint8Array(2 ** 20).fill(7);
    function* large(): Generator<Uint8Array> {
      let left = size;
      for (; left > 0; left -= megabyte.length) yield megabyte.subarray(0, left);
    }
    const [before, after] = [
      { name: 'before', ...asPieces('one') },
      { name: 'after', ...asPieces('two') },
    ];
    const pieces = writeTar(toPack([before, { name: 'large', size, content: large() }, after]));
    const file = openSync(path.join(folder, 'large.tar'), 'w');
    let length = 0;
    const kept = async function* (): AsyncGenerator<Uint8Array> {
      for await (const piece of pieces) {
        if (piece.length < megabyte.length) writeSync(file, piece, 0, piece.length, length); // the rest is a hole
        length += piece.length;
        yield piece;
      }
    };
    const found: [string, number, number][] = [];
    for await (const one of readTar(kept())) {
      let read = 0;
      for await (const piece of one.content) read += piece.length;
      found.push([one.name, one.size, read]);
    }
    closeSync(file);
    expect(found).toEqual([
      ['before', 3, 3],
      ['large', size, size],
      ['after', 3, 3],
    ]);
    const listed = execFileSync('tar', ['-tvf', 'large.tar'], { cwd: folder, encoding: 'utf8' });
    expect(
      listed
        .trim()
        .split('\n')
        .map((line) => line.split(/\s+/))
        .map((columns) => [columns[2], columns[5]]),
    ).toEqual([
      ['3', 'before'],
      [String(size), 'large'],
      ['3', 'after'],
    ]);
  });

  it.each([
    ['another record', '17 path=../passwd\n'],
    ['two records', '9 size=1\n9 size=2\n'],
    ['a length that is not its own', '11 size=1\n'],
    ['a size beyond what can be counted', '25 size=9999999999999999\n'],
  ])('is refused when an extended header holds %s', async (_, record) => {
    const header = formatHeader({ name: 'pax-header', size: record.length });
    header[156] = 0x78;
    header.set(utf8('0000000\0'), 148);
    const sum = header.reduce((all, byte, at) => all + (at >= 148 && at < 156 ? 0x20 : byte), 0);
    header.set(utf8(`${sum.toString(8).padStart(7, '0')}\0`), 148);
    const body = new Uint8Array(512);
    body.set(utf8(record));
    await expect(unpacked(concatBytes(header, body, archive))).rejects.toThrow(refusal('TAR_MALFORMED'));
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
    ['a file that shrank', { name: 'n', size: 9, content: [utf8('8 bytes.')] }, 'TAR_ENTRY_SIZE_DIFFERS'],
  ])('cannot be made of %s', async (_, file, code) => {
    await expect(packed([file])).rejects.toThrow(refusal(code));
  });
});
