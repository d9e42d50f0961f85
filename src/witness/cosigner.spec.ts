import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { utf8 } from '#libs/essentials';
import { cosign, cosignerKey, formatVkey, openCheckpoint, parseNote, signerFromSeed } from '#libs/merkle';
import { refusalOfAsync } from '#libs/testkit';
import { checkPolicy, parsePolicy } from '#libs/witnessing';
import { SpecLog } from './spec-log.js';
import { createWitness, Witness, WitnessCosigner, WitnessServer, type CosignerOptions } from './index.js';

const log = new SpecLog();
const QUICK = { timeout: 2_000, grace: 20, pause: 60_000 };

let home: string;
const running: { close(): Promise<void> }[] = [];
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'cosigner-'));
});
afterEach(async () => {
  for (const one of running.splice(0)) await one.close();
  rmSync(home, { recursive: true });
});

/** A witness of the product on a port of its own; its line in a policy. */
async function witness(name: string, now: () => number = Date.now) {
  const folder = path.join(home, name);
  await createWitness(folder, `${name}.example.org`);
  const served = await Witness.open({ folder, logs: [log.key], now });
  const server = await WitnessServer.listen(served, { host: '127.0.0.1', port: 0 });
  running.unshift(server, served);
  return { line: `witness ${name} ${formatVkey(served.key)} ${server.url}\n`, served };
}

/** Something on a port that answers as it likes. */
async function impostor(
  name: string,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  vkey = formatVkey(cosignerKey(`${name}.example.org`, signerFromSeed(new Uint8Array(32).fill(9)).publicKey)),
) {
  const server: Server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  running.unshift({
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  });
  return { line: `witness ${name} ${vkey} http://127.0.0.1:${(server.address() as AddressInfo).port}/\n` };
}

async function cosigner(policy: string, changes: Partial<CosignerOptions> = {}) {
  const opened = await WitnessCosigner.open({
    policy: parsePolicy(utf8(policy)),
    stateFile: path.join(home, 'witnesses.json'),
    ...QUICK,
    ...changes,
  });
  running.unshift(opened);
  return opened;
}

const ask = (asking: WitnessCosigner, size: number, of = log) =>
  asking.cosign(of.checkpoint(size), (from) => of.proof(from, size));

describe('a checkpoint that is to be cosigned', () => {
  it('comes back with cosignatures that satisfy the policy, and is still one of its log', async () => {
    const [a, b] = [await witness('a'), await witness('b')];
    const policy = `${a.line}${b.line}group both all a b\nquorum both\n`;
    const asking = await cosigner(policy);
    for (const size of [0, 3, 3, 17]) {
      const { note, policy: state } = await ask(asking, size);
      expect(state).toEqual({ satisfied: true, witnesses: ['a', 'b'] });
      expect(checkPolicy(parsePolicy(utf8(policy)), parseNote(utf8(note))).satisfied).toBe(true);
      expect(openCheckpoint(utf8(note), log.key).size).toBe(size);
    }
    expect(asking.witnesses()).toMatchObject([
      { name: 'a', heldSize: 17 },
      { name: 'b', heldSize: 17 },
    ]);
  });

  it('is proved from whichever size the witness holds, also when the log remembers another one', async () => {
    const a = await witness('a');
    await ask(await cosigner(`${a.line}quorum a\n`), 9);
    rmSync(path.join(home, 'witnesses.json'));
    expect((await ask(await cosigner(`${a.line}quorum a\n`), 12)).policy.satisfied).toBe(true);
    const states = readFileSync(path.join(home, 'witnesses.json'), 'utf8');
    writeFileSync(path.join(home, 'witnesses.json'), states.replace('"heldSize": 12', '"heldSize": 3'));
    expect((await ask(await cosigner(`${a.line}quorum a\n`), 15)).policy.satisfied).toBe(true);
    writeFileSync(path.join(home, 'witnesses.json'), '{"schema":');
    expect((await ask(await cosigner(`${a.line}quorum a\n`), 16)).policy.satisfied).toBe(true);
  });

  it('with a quorum already is not sent again; what does not hold is left out and asked for anew', async () => {
    const a = await witness('a');
    const asking = await cosigner(`${a.line}quorum a\n`);
    const first = await ask(asking, 5);
    await a.served.close();
    const again = await asking.cosign(first.note, () => []);
    expect(again).toEqual(first);
    const other = cosign('other\n', 1_700_000_000, a.served.key.name, signerFromSeed(new Uint8Array(32)));
    const forged = first.note.replace(/\u2014 a\.example\.org .+\n/, other);
    expect((await asking.cosign(forged, () => [])).policy.satisfied).toBe(false);
  });

  it('needs no witness when the policy asks for none', async () => {
    const asked = await ask(await cosigner('quorum none\n'), 5);
    expect(asked).toEqual({ note: log.checkpoint(5), policy: { satisfied: true, witnesses: [] } });
  });
});

describe('a witness that does not cosign', () => {
  const answering = (status: number, body: string) => (_: IncomingMessage, response: ServerResponse) =>
    void response.writeHead(status).end(body);
  const stranger = signerFromSeed(new Uint8Array(32).fill(9));
  const text = parseNote(utf8(log.checkpoint(5))).text;
  const line = (time: number, of = text) => cosign(of, time, 'odd.example.org', stranger);
  const present = Math.floor(Date.now() / 1000);

  it.each([
    ['does not know the log', answering(404, ''), 'WITNESS_KNOWS_NO_SUCH_LOG'],
    ['refuses the signature', answering(403, ''), 'WITNESS_REFUSES_SIGNATURE'],
    ['sees a fork', answering(422, ''), 'WITNESS_SEES_FORK'],
    ['holds a larger tree', answering(409, '6\n'), 'WITNESS_AHEAD'],
    ['holds no number', answering(409, 'six\n'), 'WITNESS_ANSWER_MALFORMED'],
    ['never agrees on a size', answering(409, '2\n'), 'WITNESS_BUSY'],
    ['is asked too often', answering(429, ''), 'WITNESS_BUSY'],
    ['fails', answering(500, ''), 'WITNESS_ANSWER_MALFORMED'],
    ['says nothing', answering(200, ''), 'WITNESS_ANSWER_MALFORMED'],
    ['goes on for ever', answering(200, 'x'.repeat(100_000)), 'WITNESS_ANSWER_MALFORMED'],
    [
      'leads elsewhere',
      (_: IncomingMessage, response: ServerResponse) => void response.writeHead(307, { location: '/' }).end(),
      'WITNESS_UNREACHABLE',
    ],
    ['signs another checkpoint', answering(200, line(present, 'other\n')), 'WITNESS_COSIGNATURE_INVALID'],
    [
      'signs as somebody else',
      answering(200, cosign(text, present, 'else', stranger)),
      'WITNESS_ANSWER_MALFORMED',
    ],
    ['has a clock an hour ahead', answering(200, line(present + 3600)), 'WITNESS_CLOCK_APART'],
    ['has a clock an hour behind', answering(200, line(present - 3600)), 'WITNESS_CLOCK_APART'],
    ['hangs', () => undefined, 'WITNESS_TOO_SLOW'],
    ['breaks off', (request: IncomingMessage) => void request.socket.destroy(), 'WITNESS_UNREACHABLE'],
  ])(
    'because it %s leaves the checkpoint without a quorum, and the reason on record',
    async (_, answer, failure) => {
      const odd = await impostor('odd', answer);
      const asking = await cosigner(`${odd.line}quorum odd\n`, { timeout: 300 });
      const { note, policy } = await ask(asking, 5);
      expect(policy).toEqual({ satisfied: false, witnesses: [] });
      expect(note).toBe(log.checkpoint(5));
      expect(asking.witnesses()).toMatchObject([{ name: 'odd', failure }]);
    },
  );

  it('holds up nobody while the others are enough, and is asked again', async () => {
    let asked = 0;
    const slow = await impostor('slow', () => void asked++);
    const [a, b] = [await witness('a'), await witness('b')];
    const asking = await cosigner(`${slow.line}${a.line}${b.line}group two 2 slow a b\nquorum two\n`, {
      timeout: 25_000, // the test would not outlive waiting for it
    });
    for (const size of [3, 5])
      expect((await ask(asking, size)).policy).toEqual({ satisfied: true, witnesses: ['a', 'b'] });
    expect(asked).toBe(1);
  });

  it('is left alone for a while when it was silent, so that not every checkpoint waits for it', async () => {
    let asked = 0;
    const silent = await impostor('silent', (request) => void (asked++, request.socket.destroy()));
    const asking = await cosigner(`${silent.line}quorum silent\n`, { pause: 60_000 });
    for (const size of [3, 5, 7]) expect((await ask(asking, size)).policy.satisfied).toBe(false);
    expect(asked).toBe(1);
    const impatient = await cosigner(`${silent.line}quorum silent\n`, { pause: 0 });
    for (const size of [3, 5]) await ask(impatient, size);
    expect(asked).toBe(3);
  });

  it('refuses the fork of a log whose other half it has seen', async () => {
    const a = await witness('a');
    const asking = await cosigner(`${a.line}quorum a\n`);
    await ask(asking, 9);
    expect((await ask(asking, 12, log.fork())).policy.satisfied).toBe(false);
    expect(asking.witnesses()).toMatchObject([{ heldSize: 9, failure: 'WITNESS_SEES_FORK' }]);
    expect((await ask(asking, 12)).policy.satisfied).toBe(true);
  });

  it('is not believed to have cosigned because another log of its operator was', async () => {
    const a = await witness('a');
    const asking = await cosigner(`${a.line}quorum a\n`);
    await ask(asking, 5, new SpecLog('other.example.org'));
    expect(asking.witnesses()).toMatchObject([{ heldSize: 0, failure: 'WITNESS_KNOWS_NO_SUCH_LOG' }]);
  });
});

describe('a policy for a log', () => {
  const key = (seed: number) =>
    formatVkey(cosignerKey('w.example.org', signerFromSeed(new Uint8Array(32).fill(seed)).publicKey));

  it.each([
    ['does not say where its witnesses are', `witness w ${key(2)}\nquorum w\n`, 'WITNESS_URL_MISSING'],
    [
      'has a URL nobody can ask',
      `witness w ${key(2)} ftp://w.example.org\nquorum w\n`,
      'WITNESS_URL_UNUSABLE',
    ],
    ['has a URL that is none', `witness w ${key(2)} w.example.org\nquorum w\n`, 'WITNESS_URL_UNUSABLE'],
  ])('that %s is refused', async (_, policy, code) => {
    expect(await refusalOfAsync(() => cosigner(policy))).toBe(code);
  });
});
