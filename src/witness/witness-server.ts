import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { isCodedError } from '#libs/essentials';
import { MAX_ADD_CHECKPOINT_BYTES, SIZE_CONTENT_TYPE } from '#libs/witnessing';
import { readBody, type NoBody } from './read-body.js';
import type { Witness, WitnessAnswer } from './witness.js';
import { WitnessError } from './witness-error.js';

const TEXT = 'text/plain; charset=utf-8';
const MONITORED = /^\/([0-9a-f]{64})\/checkpoint$/; // C2SP tlog-witness, "Monitor Retrieval Mechanism"
const MAX_CONNECTIONS = 1024;
const HEADERS_TIMEOUT = 5_000; // ms; a request of 64 KiB needs no longer than this and the next
const REQUEST_TIMEOUT = 10_000;
const KEEP_ALIVE_TIMEOUT = 75_000; // longer than proxies keep an idle connection, so that they close it, not we

/** What is worth a line in a log of the witness; never an address, nor anything that a stranger wrote. */
export interface WitnessEvent {
  readonly status: number;
  readonly code?: string;
  /** Of a log that the witness knows. */
  readonly origin?: string;
  readonly size?: number;
}

export type WitnessObserver = (event: WitnessEvent) => void;

interface Reply {
  readonly status: number;
  readonly type?: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A witness over HTTP: `POST /add-checkpoint`, `GET /<origin hash>/checkpoint`, `GET /health`. */
export class WitnessServer {
  private constructor(
    private readonly server: Server,
    /** Submission prefix and monitoring prefix. */
    readonly url: string,
  ) {}

  /** @throws WitnessError WITNESS_ADDRESS_UNAVAILABLE */
  static async listen(
    witness: Witness,
    { host, port }: { readonly host: string; readonly port: number },
    observe: WitnessObserver = () => undefined,
  ): Promise<WitnessServer> {
    const server = createServer((request, response) => {
      response.once('finish', () => server.listening || request.socket.end()); // kept alive, it would hold up the closing
      void answer(witness, request, response, observe);
    });
    server.headersTimeout = HEADERS_TIMEOUT;
    server.requestTimeout = REQUEST_TIMEOUT;
    server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT;
    server.maxConnections = MAX_CONNECTIONS;
    server.listen(port, host);
    try {
      await once(server, 'listening');
    } catch (cause) {
      throw new WitnessError('WITNESS_ADDRESS_UNAVAILABLE', 'cannot listen on that address', {
        facts: { host, port, reason: (cause as NodeJS.ErrnoException).code },
        nextStep: 'Choose another --listen, or stop what listens there.',
        cause,
      });
    }
    const { address, family, port: bound } = server.address() as AddressInfo;
    return new WitnessServer(server, `http://${family === 'IPv6' ? `[${address}]` : address}:${bound}`);
  }

  /** Takes no more requests; resolves when those under way are answered. */
  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeIdleConnections();
    await closed;
  }
}

async function answer(
  witness: Witness,
  request: IncomingMessage,
  response: ServerResponse,
  observe: WitnessObserver,
): Promise<void> {
  const reply = await replyTo(witness, request, observe).catch((error: unknown) => failed(error, observe));
  if (!request.complete) response.setHeader('connection', 'close'); // the rest of the body is not read
  response.writeHead(reply.status, {
    'content-type': reply.type ?? TEXT,
    'content-length': Buffer.byteLength(reply.body),
    'x-content-type-options': 'nosniff',
    ...reply.headers,
  });
  response.end(reply.body);
}

async function replyTo(witness: Witness, request: IncomingMessage, observe: WitnessObserver): Promise<Reply> {
  const path = (request.url ?? '').split('?', 1)[0];
  if (path === '/add-checkpoint')
    return request.method === 'POST' ? addCheckpoint(witness, request, observe) : notAllowed('POST');
  const [, originHash] = MONITORED.exec(path) ?? [];
  if (originHash === undefined && path !== '/health') return { status: 404, body: 'no such resource\n' };
  if (request.method !== 'GET' && request.method !== 'HEAD') return notAllowed('GET, HEAD');
  if (originHash !== undefined) return monitored(witness.latest(originHash));
  await witness.checkHealth();
  return { status: 200, body: 'ok\n', headers: { 'cache-control': 'no-store' } };
}

async function addCheckpoint(
  witness: Witness,
  request: IncomingMessage,
  observe: WitnessObserver,
): Promise<Reply> {
  const body = await readBody(request, MAX_ADD_CHECKPOINT_BYTES);
  const answered = typeof body === 'string' ? NO_BODY[body] : await witness.addCheckpoint(body);
  observe(eventOf(answered));
  switch (answered.status) {
    case 200:
      return { status: 200, body: answered.lines };
    case 409:
      return { status: 409, type: SIZE_CONTENT_TYPE, body: `${answered.heldSize}\n` };
    case 429:
      return { status: 429, body: `${answered.code}\n`, headers: { 'retry-after': '1' } };
    default:
      return { status: answered.status, body: `${answered.code}\n` };
  }
}

const NO_BODY: Readonly<Record<NoBody, WitnessAnswer>> = {
  'too-large': { status: 413, code: 'ADD_CHECKPOINT_TOO_LARGE' },
  'cut-off': { status: 400, code: 'ADD_CHECKPOINT_CUT_OFF' }, // nobody hears it; it is for the log of the witness
};

function monitored(note: string | undefined): Reply {
  return note === undefined
    ? { status: 404, body: 'no checkpoint of that log was cosigned\n' }
    : { status: 200, body: note, headers: { 'cache-control': 'no-cache' } };
}

function notAllowed(allow: string): Reply {
  return { status: 405, body: 'method not allowed\n', headers: { allow } };
}

/** What the witness itself is not able to do at the moment; the log may ask again. */
function failed(error: unknown, observe: WitnessObserver): Reply {
  const code = isCodedError(error) ? error.code : 'INTERNAL';
  const status = error instanceof WitnessError ? 503 : 500;
  observe({ status, code });
  return { status, body: `${code}\n`, ...(status === 503 ? { headers: { 'retry-after': '5' } } : {}) };
}

function eventOf(answered: WitnessAnswer): WitnessEvent {
  const { status } = answered;
  const code = 'code' in answered ? answered.code : undefined;
  const origin = 'origin' in answered ? answered.origin : undefined;
  const size = 'size' in answered ? answered.size : undefined;
  return { status, code, origin, size };
}
