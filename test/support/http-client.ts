import type { AddressInfo } from 'node:net';
import { expect } from '@jest/globals';
import type { NestExpressApplication } from '@nestjs/platform-express';
import request from 'supertest';
import type { Role } from '#platform/callers';
import { openLog } from '#platform/logging';
import { createApi, type ApiOptions } from '../../apps/api/create-api.js';
import { openTokens } from '../../apps/api/tokens-file.js';
import type { Installation, InstallationOptions } from '../../apps/installation/index.js';
import { openSmall } from './small-installation.js';

export type Method = 'get' | 'post' | 'delete';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Buffer;
  readonly text: string;
  /** The body as JSON; undefined when it is none. */
  readonly body: unknown;
}

interface Sent {
  /** An object is sent as JSON. */
  readonly body?: object | string;
  readonly type?: string;
  readonly accept?: string;
  /** Codings of the answer that are accepted; default: gzip. */
  readonly acceptEncoding?: string;
  /** Sent instead of the role's token. */
  readonly token?: string;
}

const MINUTE = 60_000;

/** The HTTP application over a new small installation, listening on a free port, and a token for every role. */
export class HttpClient {
  private constructor(
    readonly installation: Installation,
    private readonly app: NestExpressApplication,
    readonly tokens: ReadonlyMap<Role, string>,
    private readonly lines: readonly string[],
  ) {}

  static async open(
    folder: string,
    options: Partial<InstallationOptions> = {},
    api: ApiOptions = {},
  ): Promise<HttpClient> {
    const installation = await openSmall(folder, options);
    const { verifier, minted } = await openTokens(installation.folder.paths.root);
    const lines: string[] = [];
    const to = { write: (line: string) => void lines.push(line) };
    const log = openLog({ name: 'test', to });
    const app = await createApi(installation, verifier, log, { trustProxy: 1, ...api });
    await app.listen(0, '127.0.0.1');
    return new HttpClient(installation, app, new Map(minted.map(({ role, token }) => [role, token])), lines);
  }

  /** Where it listens, such as http://127.0.0.1:34567. */
  get url(): string {
    const { port } = this.app.getHttpServer().address() as AddressInfo;
    return `http://127.0.0.1:${port}`;
  }

  /** What the server has logged. */
  get log(): string {
    return this.lines.join('');
  }

  async close(): Promise<void> {
    await this.app.close();
    await this.installation.close();
  }

  async call(role: Role | undefined, method: Method, route: string, sent: Sent = {}): Promise<Answer> {
    const asked = request(this.app.getHttpServer())[method](route);
    const token = sent.token ?? (role && this.tokens.get(role));
    if (token !== undefined) void asked.set('authorization', `Bearer ${token}`);
    if (sent.type !== undefined) void asked.set('content-type', sent.type);
    if (sent.accept !== undefined) void asked.set('accept', sent.accept);
    if (sent.acceptEncoding !== undefined) void asked.set('accept-encoding', sent.acceptEncoding);
    const response = await asked.send(sent.body).buffer(true).parse(bytesOf);
    const bytes = response.body as Buffer;
    const text = bytes.toString('utf8');
    const headers = response.headers as Record<string, string>;
    return { status: response.status, headers, bytes, text, body: parsed(text) };
  }

  /** Views as a stream of server-sent events brings them, until it ends or the caller leaves. */
  async *listen(role: Role, route: string): AsyncGenerator<unknown, void, undefined> {
    yield* serverSent((await this.app.getUrl()) + route, {
      authorization: `Bearer ${this.tokens.get(role)}`,
    });
  }

  /** Expects a status and gives the body. */
  async get(role: Role, route: string, status = 200): Promise<unknown> {
    const answer = await this.call(role, 'get', route);
    expect(answer).toMatchObject({ status });
    return answer.body;
  }

  /** Expects a status and gives the body. */
  async post(role: Role, route: string, body: object, status: number): Promise<unknown> {
    const answer = await this.call(role, 'post', route, { body });
    expect(answer).toMatchObject({ status });
    return answer.body;
  }

  /** Waits until a request is closed, and gives it. */
  async closed(requestId: string): Promise<unknown> {
    for (const until = Date.now() + MINUTE; ; await new Promise((next) => setTimeout(next, 50))) {
      const state = (await this.get('dpo', `/v1/requests/${requestId}`)) as { closedAt?: string };
      if (state.closedAt !== undefined || Date.now() > until) return state;
    }
  }
}

function bytesOf(response: request.Response, done: (error: Error | null, body: unknown) => void): void {
  const chunks: Buffer[] = [];
  const stream = response as unknown as NodeJS.ReadableStream;
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.on('end', () => done(null, Buffer.concat(chunks)));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The data of a stream of server-sent events (HTML Living Standard §9.2), until it ends or the caller leaves. */
export async function* serverSent(
  url: string,
  headers: Record<string, string>,
): AsyncGenerator<unknown, void, undefined> {
  const leaving = new AbortController();
  const answer = await fetch(url, { headers, signal: leaving.signal });
  expect(answer.headers.get('content-type')).toBe('text/event-stream');
  const decoder = new TextDecoder();
  let text = '';
  try {
    for await (const piece of answer.body as unknown as AsyncIterable<Uint8Array>) {
      text += decoder.decode(piece, { stream: true });
      const events = text.split('\n\n');
      text = events.pop()!;
      for (const event of events) {
        const data = /^data: (\{.*)$/m.exec(event)?.[1];
        if (data !== undefined) yield JSON.parse(data);
      }
    }
  } finally {
    leaving.abort();
  }
}
