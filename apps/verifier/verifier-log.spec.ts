import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HonestLog, honestTrustFiles } from '#libs/testkit';
import { run } from './run.js';

const SIZE = 300;
const log = new HonestLog(SIZE);
let folder: string;
let server: Server;
let address: string;
/** What the server answers instead of a file. */
const answers = new Map<string, { status: number; body?: string }>();
const at = (...names: string[]) => path.join(folder, ...names);

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'verifier-log-'));
  for (const [name, content] of Object.entries(honestTrustFiles())) writeFileSync(at(name), content);
  for (const [name, content] of log.files()) {
    mkdirSync(path.dirname(at('ledger', name)), { recursive: true });
    writeFileSync(at('ledger', name), content);
  }
  writeFileSync(at('then'), log.checkpoint(100));
  writeFileSync(at('later'), new HonestLog(SIZE + 1).checkpoint());
  server = createServer((request, response) => {
    const answer = answers.get(request.url!);
    if (answer !== undefined) return response.writeHead(answer.status).end(answer.body);
    const content = log.files().get(request.url!.slice('/log/'.length));
    return response.writeHead(content === undefined ? 404 : 200).end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/log`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

async function lacunaVerify(...argv: string[]): Promise<{ exitCode: number; out: string; err: string }> {
  const out: string[] = [];
  const err: string[] = [];
  const exitCode = await run([...argv, '--trust', folder], {
    print: (line) => out.push(line),
    printError: (line) => err.push(line),
  });
  return { exitCode, out: out.join('\n'), err: err.join('\n') };
}

describe('lacuna-verify log', () => {
  it('reads a whole log from a folder', async () => {
    const { exitCode, out } = await lacunaVerify('log', '--folder', at('ledger'), '--since', at('then'));
    expect(exitCode).toBe(0);
    expect(out).toContain('Verified: ledger.example.org is whole, 300 entries');
    expect(out).toContain('its first 100 entries are those of the earlier checkpoint');
    expect(out).toContain('SPLIT_VIEW');
  });

  it('reads the same from a web server, with or without a slash at the end', async () => {
    for (const url of [address, `${address}/`]) {
      const { exitCode, out } = await lacunaVerify('log', '--url', url, '--json');
      expect(exitCode).toBe(0);
      expect(JSON.parse(out)).toMatchObject({ verified: true, claim: 'log', head: { size: SIZE } });
    }
  });

  it.each<[string, string, { status: number; body?: string }, number, string]>([
    [
      'does not answer a tile in the middle',
      '/log/tile/entries/000',
      { status: 404 },
      1,
      'LOG_ENTRIES_MISSING',
    ],
    ['fails at a tile', '/log/tile/0/000', { status: 500 }, 2, 'LOG_UNREACHABLE'],
    ['has nothing at all', '/log/checkpoint', { status: 404 }, 1, 'LOG_CHECKPOINT_MISSING'],
    [
      'sends a page for a checkpoint',
      '/log/checkpoint',
      { status: 200, body: '<html>' },
      1,
      'CHECKPOINT_MALFORMED',
    ],
    ['sends without end', '/log/checkpoint', { status: 200, body: 'x'.repeat(18e6) }, 2, 'FILE_TOO_LARGE'],
  ])('says what is wrong with a web server that %s', async (_, route, answer, expected, code) => {
    answers.set(route, answer);
    const { exitCode, err } = await lacunaVerify('log', '--url', address);
    answers.clear();
    expect(err).toMatch(new RegExp(`✗ ${code}: .+[^]*→ .+`));
    expect(exitCode).toBe(expected);
  });

  it('says when nobody answers', async () => {
    const { exitCode, err } = await lacunaVerify('log', '--url', 'http://127.0.0.1:1/log');
    expect(exitCode).toBe(2);
    expect(err).toContain('✗ LOG_UNREACHABLE');
  });

  it.each([
    ['neither folder nor address', [], 'OPTION_MISSING'],
    ['both', ['--folder', 'a', '--url', 'http://b'], 'OPTIONS_CONFLICT'],
  ])('wants one place, not %s', async (_, argv, code) => {
    const { exitCode, err } = await lacunaVerify('log', ...argv);
    expect(exitCode).toBe(2);
    expect(err).toContain(code);
  });
});

describe('lacuna-verify consistency', () => {
  const notes = () => ['consistency', '--old', at('then'), '--new', at('ledger', 'checkpoint')];

  it('takes the proof from the tiles of a folder or of a web server', async () => {
    for (const tiles of [at('ledger'), address]) {
      const { exitCode, out } = await lacunaVerify(...notes(), '--tiles', tiles);
      expect(exitCode).toBe(0);
      expect(out).toContain('Verified: ledger.example.org only grew, from 100 to 300 entries');
    }
  });

  it('takes it from a file', async () => {
    writeFileSync(at('same'), readFileSync(at('then')));
    writeFileSync(at('proof'), '');
    const argv = ['consistency', '--old', at('then'), '--new', at('same'), '--proof', at('proof')];
    expect(await lacunaVerify(...argv)).toMatchObject({ exitCode: 0 });
    expect(await lacunaVerify(...notes(), '--proof', at('proof'))).toMatchObject({
      exitCode: 1,
      err: expect.stringContaining('CONSISTENCY_PROOF_LENGTH'),
    });
  });

  it('refuses as JSON, with the steps that held', async () => {
    const argv = [
      'consistency',
      '--old',
      at('later'),
      '--new',
      at('then'),
      '--tiles',
      at('ledger'),
      '--json',
    ];
    const { exitCode, out } = await lacunaVerify(...argv);
    expect(exitCode).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      verified: false,
      claim: 'consistency',
      steps: [{ step: 'older' }, { step: 'newer' }],
      error: { code: 'CONSISTENCY_OLDER_IS_LARGER', nextStep: expect.any(String) },
    });
  });
});
