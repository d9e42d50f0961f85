import { IngestError } from '../ingest-error.js';

const NEWLINE = 0x0a;

/**
 * Splits a request body into lines, as bytes, without the line ends. Memory: one chunk of the network and one line.
 *
 * @param maxBytes of a line; the client chooses what it sends
 * @throws IngestError LINE_TOO_LONG
 */
export async function* linesOf(body: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  let line = 1;
  for await (const chunk of body) {
    const bytes = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      refuseLong(end - start, maxBytes, line++);
      yield bytes.subarray(start, end);
      start = end + 1;
    }
    rest = bytes.subarray(start);
    refuseLong(rest.length, maxBytes, line);
  }
  if (rest.length > 0) yield rest;
}

function refuseLong(length: number, maxBytes: number, line: number): void {
  if (length > maxBytes)
    throw new IngestError('LINE_TOO_LONG', `Line ${line} is longer than ${maxBytes} bytes`, {
      facts: { line },
      nextStep: 'Send one interaction a line; the lines before this one may have been recorded.',
    });
}
