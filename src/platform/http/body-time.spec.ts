import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { limitBodyTime, letBodyGoOn } from './body-time.js';

const SHORT = 50; // ms
const LONG = 600_000; // ms
let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A server that answers with the body, read by `read`, or with the code of what stopped it. */
async function serve(
  bodyTime: number,
  read: (request: IncomingMessage) => AsyncIterable<Buffer>,
): Promise<number> {
  const limit = limitBodyTime(bodyTime);
  server = createServer((asked, response) => {
    limit(asked, response, () => {
      const answer = async () => {
        let body = '';
        for await (const chunk of read(asked)) body += chunk.toString();
        return body;
      };
      answer().then(
        (body) => response.end(body),
        (error: { code: string }) => response.writableEnded || response.end(error.code),
      );
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** A call whose body is sent by hand. */
function call(port: number) {
  const sent = request({ host: '127.0.0.1', port, method: 'POST' });
  const answered = once(sent, 'response').then(async ([answer]: IncomingMessage[]) => ({
    status: answer.statusCode,
    body: await text(answer),
  }));
  sent.on('error', () => {}); // a server that has answered does not listen any more
  return { sent, answered };
}

describe('a body that does not come to its end', () => {
  it('is refused after a while', async () => {
    const { sent, answered } = call(await serve(SHORT, (asked) => asked));
    sent.write('slowly');
    const { status, body } = await answered;
    expect(status).toBe(408);
    expect(JSON.parse(body)).toMatchObject({ code: 'BODY_TOO_SLOW' });
  });

  it('may go on where a route lets it, beyond that time', async () => {
    const { sent, answered } = call(await serve(SHORT, (asked) => letBodyGoOn(asked, LONG)));
    for (const piece of ['one', 'two', 'three']) {
      sent.write(piece);
      await sleep(SHORT);
    }
    sent.end();
    expect(await answered).toEqual({ status: 200, body: 'onetwothree' });
  });

  it('is given up where nothing comes any more', async () => {
    const { sent, answered } = call(await serve(LONG, (asked) => letBodyGoOn(asked, SHORT)));
    sent.write('one');
    expect((await answered).body).toBe('BODY_SILENT');
  });
});

describe('an answer that takes longer than a body may', () => {
  it('is left alone', async () => {
    const late = async function* () {
      await sleep(SHORT * 2);
      yield Buffer.from('late');
    };
    const { sent, answered } = call(await serve(SHORT, late));
    sent.end();
    expect(await answered).toEqual({ status: 200, body: 'late' });
  });
});
