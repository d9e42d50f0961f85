import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sha256, toHex, utf8 } from '#libs/essentials';
import { cosignatureOf, formatVkey, openCheckpoint, parseNote, signerFromSeed, noteKey } from '#libs/merkle';
import { refusalOf, refusalOfAsync } from '#libs/testkit';
import { parseAddCheckpoint } from '#libs/witnessing';
import { SpecLog } from './spec-log.js';
import { WitnessStore } from './witness-store.js';
import {
  createWitness,
  describeWitness,
  Witness,
  WitnessServer,
  type WitnessEvent,
  type WitnessOptions,
} from './index.js';

const NAME = 'witness.example.org/w1';
const START = Date.UTC(2026, 0, 2, 3, 4, 5);
const log = new SpecLog();

let folder: string;
let time: number;
const running: { close(): Promise<void> }[] = [];

const open = async (changes: Partial<WitnessOptions> = {}): Promise<Witness> => {
  const witness = await Witness.open({ folder, logs: [log.key], now: () => time, ...changes });
  running.unshift(witness);
  return witness;
};

async function serve(changes: Partial<WitnessOptions> = {}) {
  const witness = await open(changes);
  const events: WitnessEvent[] = [];
  const server = await WitnessServer.listen(witness, { host: '127.0.0.1', port: 0 }, (event) =>
    events.push(event),
  );
  running.unshift(server);
  const post = async (body: Uint8Array | string, init: RequestInit = {}) => {
    const sent = typeof body === 'string' ? body : Uint8Array.from(body);
    const answer = await fetch(`${server.url}/add-checkpoint`, { method: 'POST', body: sent, ...init });
    return { status: answer.status, body: await answer.text(), headers: answer.headers };
  };
  return { witness, server, events, post };
}

beforeEach(async () => {
  time = START;
  folder = mkdtempSync(path.join(tmpdir(), 'witness-'));
  await createWitness(folder, NAME);
});
afterEach(async () => {
  for (const one of running.splice(0)) await one.close();
  rmSync(folder, { recursive: true });
});

describe('the folder of a witness', () => {
  it('holds a key that only its owner may read, in the form that other implementations take over', () => {
    const file = path.join(folder, 'witness.key');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).toMatch(
      /^PRIVATE\+KEY\+witness\.example\.org\/w1\+[0-9a-f]{8}\+AQ?[\w+/]+=*\n$/,
    );
  });

  it('is never made a second time', async () => {
    expect(await refusalOfAsync(() => createWitness(folder, NAME))).toBe('WITNESS_EXISTS');
  });

  it('is refused when its key is missing, damaged, or readable by everybody', async () => {
    const file = path.join(folder, 'witness.key');
    const key = readFileSync(file, 'utf8');
    for (const damaged of [key.replace('w1', 'w2'), key.replace('PRIVATE', 'PUBLIC'), `${key}${key}`, '']) {
      writeFileSync(file, damaged);
      expect(await refusalOfAsync(() => open())).toBe('WITNESS_KEY_MALFORMED');
    }
    writeFileSync(file, key);
    chmodSync(file, 0o644);
    expect(await refusalOfAsync(() => open())).toBe('WITNESS_KEY_EXPOSED');
    rmSync(file);
    expect(await refusalOfAsync(() => open())).toBe('WITNESS_KEY_MISSING');
  });

  it('is refused when the record is lost, or is that of another witness', async () => {
    const file = path.join(folder, 'witness.db');
    rmSync(file);
    expect(await refusalOfAsync(() => open())).toBe('WITNESS_STATE_MISSING');
    WitnessStore.create(file, 'someone else').close();
    expect(await refusalOfAsync(() => open())).toBe('WITNESS_STATE_OF_ANOTHER_KEY');
    writeFileSync(file, 'x'.repeat(5000));
    expect(await refusalOfAsync(() => open())).toBe('WITNESS_STATE_DAMAGED');
  });

  it('serves no log that has its own key, and not without a log', async () => {
    const { key } = await describeWitness(folder);
    const itself = noteKey('ledger.example.org', key.publicKey);
    expect(await refusalOfAsync(() => open({ logs: [itself] }))).toBe('WITNESS_LOG_IS_WITNESS');
    expect(await refusalOfAsync(() => open({ logs: [] }))).toBe('WITNESS_LOGS_MISSING');
  });
});

describe('a witness over HTTP', () => {
  it('cosigns what grows, and says so to whoever monitors it', async () => {
    const { witness, server, post } = await serve();
    for (const [from, to] of [
      [0, 3],
      [3, 3],
      [3, 17],
    ]) {
      time += 1000;
      const { status, body } = await post(log.request(from, to));
      expect(status).toBe(200);
      const note = parseNote(utf8(log.checkpoint(to) + body));
      expect(cosignatureOf(witness.key, note)).toBe(time / 1000);
    }
    const hash = toHex(sha256(utf8(log.origin)));
    const served = await fetch(`${server.url}/${hash}/checkpoint`).then((answer) => answer.text());
    expect(openCheckpoint(utf8(served), log.key).size).toBe(17);
    expect(cosignatureOf(witness.key, parseNote(utf8(served)))).toBe(time / 1000);
  });

  it('remembers across a restart, and tells who asks from elsewhere what it holds', async () => {
    const first = await serve();
    expect((await first.post(log.request(0, 9))).status).toBe(200);
    await running.shift()!.close();
    await running.shift()!.close();
    const { post } = await serve();
    const { status, body, headers } = await post(log.request(0, 12));
    expect([status, body, headers.get('content-type')]).toEqual([409, '9\n', 'text/x.tlog.size']);
    expect((await post(log.request(9, 12))).status).toBe(200);
    expect((await describeWitness(folder)).recorded).toMatchObject([{ origin: log.origin, size: 12 }]);
  });

  it('refuses forks, at the same size and beyond, and goes on with the log it has seen', async () => {
    const { post } = await serve();
    await post(log.request(0, 9));
    const fork = log.fork();
    expect(await post(fork.request(9, 9))).toMatchObject({ status: 422, body: 'SAME_SIZE_OTHER_ROOT\n' });
    expect(await post(fork.request(9, 12))).toMatchObject({ status: 422, body: 'NOT_CONSISTENT\n' });
    expect(await post(fork.request(0, 12))).toMatchObject({ status: 409, body: '9\n' });
    expect((await post(log.request(9, 12))).status).toBe(200);
  });

  it('answers as the specification says to what is not a request of a log it knows', async () => {
    const { post, server } = await serve();
    expect((await post(new SpecLog('other.example.org').request(0, 3))).status).toBe(404);
    expect((await post(new SpecLog(log.origin, 7).request(0, 3))).status).toBe(403);
    expect((await post('old 1')).status).toBe(400);
    expect((await post(`old 5\n\n${log.checkpoint(3)}`)).status).toBe(400);
    expect((await post('x'.repeat(70_000))).status).toBe(413);
    expect((await post('', { method: 'PUT' })).headers.get('allow')).toBe('POST');
    expect((await fetch(`${server.url}/elsewhere`)).status).toBe(404);
    expect((await fetch(`${server.url}/${'0'.repeat(64)}/checkpoint`)).status).toBe(404);
  });

  it('lets one of two requests pass that go on from the same size, whichever came first', async () => {
    const { post } = await serve();
    await post(log.request(0, 5));
    const answers = await Promise.all([
      post(log.request(5, 7)),
      post(log.request(5, 9)),
      post(log.request(5, 11)),
    ]);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(2);
  });

  it('watches both keys of a log that changes its key', async () => {
    const next = new SpecLog(log.origin, 2);
    const { post } = await serve({ logs: [log.key, next.key] });
    expect((await post(log.request(0, 5))).status).toBe(200);
    expect((await post(next.request(5, 8))).status).toBe(200);
  });

  it('does not cosign while its clock is before the last cosignature, and says so', async () => {
    const { post, server, events } = await serve();
    await post(log.request(0, 5));
    time -= 3_600_000;
    expect(await post(log.request(5, 8))).toMatchObject({ status: 503, body: 'WITNESS_CLOCK_BEHIND\n' });
    expect((await fetch(`${server.url}/health`)).status).toBe(503);
    expect(events.at(-1)).toMatchObject({ code: 'WITNESS_CLOCK_BEHIND' });
    time += 3_600_000;
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
    expect((await post(log.request(5, 8))).status).toBe(200);
  });

  it('slows a log down that asks too often, and no other one', async () => {
    const other = new SpecLog('other.example.org', 3);
    const { post } = await serve({ logs: [log.key, other.key], limit: { rate: 0.001, burst: 2 } });
    await post(log.request(0, 3));
    expect((await post('\u2014'.repeat(40))).status).toBe(400); // what the log did not sign does not count
    await post(log.request(3, 4));
    const { status, headers } = await post(log.request(4, 5));
    expect([status, headers.get('retry-after')]).toEqual([429, '1']);
    expect((await post(other.request(0, 3))).status).toBe(200);
  });

  it('keeps no word of strangers in its log', async () => {
    const { post, events } = await serve();
    await post(new SpecLog('somebody@example.org', 5).request(0, 3));
    await post(new SpecLog(log.origin, 7).request(0, 3));
    await post(log.request(0, 3));
    expect(events).toEqual([
      { status: 404, code: 'LOG_UNKNOWN' },
      { status: 403, code: 'CHECKPOINT_NOT_SIGNED_BY_LOG', origin: log.origin },
      { status: 200, origin: log.origin, size: 3 },
    ]);
  });

  it('answers what it was being asked when it was told to stop', async () => {
    const { server } = await serve();
    const asking = httpRequest(`${server.url}/add-checkpoint`, {
      method: 'POST',
      headers: { expect: '100-continue' },
    });
    asking.flushHeaders();
    await once(asking, 'continue');
    const closed = server.close();
    running.shift();
    asking.end(log.request(0, 3));
    const [answer] = (await once(asking, 'response')) as [IncomingMessage];
    expect(answer.statusCode).toBe(200);
    answer.resume();
    await closed;
    await expect(fetch(`${server.url}/health`)).rejects.toThrow();
  });

  it('says when its address is taken', async () => {
    const { witness, server } = await serve();
    const port = Number(new URL(server.url).port);
    expect(await refusalOfAsync(() => WitnessServer.listen(witness, { host: '127.0.0.1', port }))).toBe(
      'WITNESS_ADDRESS_UNAVAILABLE',
    );
  });
});

describe('the record of a witness', () => {
  it('lets one of two processes continue a tree, never both', async () => {
    const { key } = await describeWitness(folder);
    const [one, other] = [0, 1].map(() =>
      WitnessStore.open(path.join(folder, 'witness.db'), formatVkey(key)),
    );
    const asked = (from: number, to: number) => [
      { request: parseAddCheckpoint(log.request(from, to)), note: log.checkpoint(to) },
    ];
    expect(one.advance(asked(0, 5), 1000)).toMatchObject([{ size: 5, cosignedAt: 1000 }]);
    expect(other.advance(asked(0, 7), 1000)).toMatchObject([{ status: 409, heldSize: 5 }]);
    expect(other.advance(asked(5, 7), 1001)).toMatchObject([{ size: 7 }]);
    expect(refusalOf(() => one.advance(asked(7, 9), 1000))).toBe('WITNESS_CLOCK_BEHIND');
    expect(one.all()).toMatchObject([{ size: 7 }]);
    one.close();
    other.close();
  });

  it('decides a batch in order: what the first one records is what the second one meets', async () => {
    const { key } = await describeWitness(folder);
    const store = WitnessStore.open(path.join(folder, 'witness.db'), formatVkey(key));
    const asked = [
      [0, 5],
      [0, 7],
      [5, 9],
    ].map(([from, to]) => ({ request: parseAddCheckpoint(log.request(from, to)), note: log.checkpoint(to) }));
    expect(store.advance(asked, 1000)).toMatchObject([
      { size: 5 },
      { status: 409, heldSize: 5 },
      { size: 9 },
    ]);
    store.close();
  });
});

it('the seed of a key file is the seed of the witness', async () => {
  const { key } = await describeWitness(folder);
  const encoded = readFileSync(path.join(folder, 'witness.key'), 'utf8').split('+').slice(4).join('+');
  const seed = Uint8Array.from(Buffer.from(encoded, 'base64').subarray(1));
  expect(signerFromSeed(seed).publicKey).toEqual(key.publicKey);
});
