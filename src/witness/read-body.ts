import type { IncomingMessage } from 'node:http';

/** Why there is no body: the sender sent more than allowed, or went away. */
export type NoBody = 'too-large' | 'cut-off';

/** The body of a request; nothing more of it is read once it turns out to be longer than allowed. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | NoBody> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return 'too-large';
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > maxBytes) return 'too-large';
      chunks.push(chunk);
    }
  } catch {
    return 'cut-off';
  }
  return Buffer.concat(chunks);
}
