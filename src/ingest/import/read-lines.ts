import { createReadStream, type ReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { IngestError } from '../ingest-error.js';

const MAX_LINE = 64 * 1024; // UTF-16 code units; the file is chosen by whoever runs the import
const CHUNK = 256 * 1024;
const NEWLINE = 0x0a;
const GZIP_MAGIC = [0x1f, 0x8b]; // RFC 1952 §2.3.1

export interface LineChunk {
  /** Number of the first of these lines, from 1. */
  readonly firstLine: number;
  /** Without line ends. */
  readonly lines: readonly string[];
  /** Of the file as it lies on disk, for a progress bar. */
  readonly bytesRead: number;
  readonly bytesTotal: number;
}

/**
 * Reads a text file of UTF-8, plain or gzip (told by its first bytes, not its name), as lines, chunk by chunk.
 *
 * @throws IngestError FILE_NOT_FOUND, FILE_UNREADABLE, FILE_EMPTY, FILE_TRUNCATED, FILE_DAMAGED, FILE_NOT_UTF8, LINE_TOO_LONG
 */
export async function* readLines(file: string): AsyncGenerator<LineChunk> {
  const { raw, content, bytesTotal } = await openContent(file);
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let firstLine = 1;
  let rest = '';
  try {
    for await (const bytes of content as AsyncIterable<Buffer>) {
      const lines = (rest + decode(decoder, bytes, file, firstLine)).split('\n');
      rest = lines.pop()!;
      const tooLong = lines.findIndex((line) => line.length > MAX_LINE);
      if (tooLong >= 0 || rest.length > MAX_LINE)
        throw lineTooLong(file, firstLine + (tooLong >= 0 ? tooLong : lines.length));
      if (lines.length > 0)
        yield { firstLine, lines: lines.map(chomp), bytesRead: raw.bytesRead, bytesTotal };
      firstLine += lines.length;
    }
    rest += decode(decoder, undefined, file, firstLine);
  } catch (error) {
    throw error instanceof IngestError ? error : unreadable(error, file, firstLine);
  } finally {
    content.destroy();
  }
  if (rest !== '') yield { firstLine, lines: [chomp(rest)], bytesRead: bytesTotal, bytesTotal };
}

interface Content {
  readonly raw: ReadStream;
  readonly content: Readable;
  readonly bytesTotal: number;
}

async function openContent(file: string): Promise<Content> {
  const { size, zipped } = await inspect(file);
  if (size === 0)
    throw new IngestError('FILE_EMPTY', `${named(file)} is empty`, {
      nextStep: 'Check that the file was written and copied completely.',
    });
  if (zipped) await verifyGzip(file);
  const raw = createReadStream(file, { highWaterMark: CHUNK });
  return { raw, content: zipped ? unzipped(raw) : raw, bytesTotal: size };
}

function unzipped(raw: ReadStream): Readable {
  const gunzip = createGunzip({ chunkSize: CHUNK });
  pipeline(raw, gunzip, () => undefined); // its errors arrive where gunzip is read
  return gunzip;
}

/** The checksum of a gzip stands at its end: only a pass over the whole file tells good lines from invented ones. */
async function verifyGzip(file: string): Promise<void> {
  let lines = 0;
  try {
    const content = unzipped(createReadStream(file, { highWaterMark: CHUNK }));
    for await (const bytes of content as AsyncIterable<Buffer>)
      for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) lines++;
  } catch (error) {
    throw unreadable(error, file, lines + 1);
  }
}

async function inspect(file: string): Promise<{ size: number; zipped: boolean }> {
  try {
    const { size } = await stat(file);
    const handle = await open(file);
    const start = await handle.read(Buffer.alloc(2), 0, 2, 0).finally(() => handle.close());
    return { size, zipped: GZIP_MAGIC.every((byte, at) => start.buffer[at] === byte) };
  } catch (error) {
    throw unreadable(error, file, 1);
  }
}

function decode(decoder: TextDecoder, bytes: Buffer | undefined, file: string, line: number): string {
  try {
    return decoder.decode(bytes, { stream: bytes !== undefined });
  } catch (cause) {
    throw new IngestError('FILE_NOT_UTF8', `${named(file)} is not UTF-8, at line ${line} or soon after`, {
      facts: { line },
      nextStep: 'Convert the file, for example: iconv -f LATIN1 -t UTF-8.',
      cause,
    });
  }
}

const chomp = (line: string) => (line.endsWith('\r') ? line.slice(0, -1) : line);

/** Messages name the file without its folder, which may name a person. */
export const named = (file: string) => path.basename(file);

function lineTooLong(file: string, line: number): IngestError {
  return new IngestError('LINE_TOO_LONG', `Line ${line} of ${named(file)} is longer than 64 KiB`, {
    facts: { line },
    nextStep: 'Check that this is a text file with one interaction a line.',
  });
}

function unreadable(cause: unknown, file: string, line: number): IngestError {
  const reason = (cause as NodeJS.ErrnoException).code ?? '';
  if (reason === 'ENOENT')
    return new IngestError('FILE_NOT_FOUND', `There is no file ${named(file)}`, {
      nextStep: 'Check the path.',
      cause,
    });
  if (reason === 'Z_BUF_ERROR')
    return new IngestError(
      'FILE_TRUNCATED',
      `${named(file)} ends in the middle of its gzip stream, after line ${line - 1}`,
      {
        facts: { line: line - 1 },
        nextStep:
          'Get the file again, then repeat the import: what is recorded already is not recorded twice.',
        cause,
      },
    );
  if (reason.startsWith('Z_'))
    return new IngestError(
      'FILE_DAMAGED',
      `${named(file)} is damaged: its gzip stream cannot be read after line ${line - 1}`,
      {
        facts: { line: line - 1 },
        nextStep:
          'Get the file again, then repeat the import: what is recorded already is not recorded twice.',
        cause,
      },
    );
  return new IngestError('FILE_UNREADABLE', `${named(file)} cannot be read (${reason || 'unknown reason'})`, {
    nextStep: 'Check that it is a file and that this user may read it.',
    cause,
  });
}
