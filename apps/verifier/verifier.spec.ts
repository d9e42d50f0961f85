import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exampleStatement, honestCertificate, honestTrustFiles } from '#libs/testkit';
import { CLAIM_STEPS } from '#libs/verification';
import { run } from './run.js';

let folder: string;
const at = (name: string) => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'verifier-'));
  for (const [name, content] of Object.entries(honestTrustFiles())) writeFileSync(at(name), content);
  const { bundle } = honestCertificate();
  writeFileSync(at('honest.sigstore.json'), bundle);
  writeFileSync(at('huge.sigstore.json'), '');
  writeFileSync(at('tampered.sigstore.json'), bundle.replace('"treeSize":"7"', '"treeSize":"8"'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function lacunaVerify(...argv: string[]): Promise<{ exitCode: number; out: string; err: string }> {
  const out: string[] = [];
  const err: string[] = [];
  const exitCode = await run(argv, { print: (line) => out.push(line), printError: (line) => err.push(line) });
  return { exitCode, out: out.join('\n'), err: err.join('\n') };
}

describe('lacuna-verify certificate', () => {
  it('shows every step and what was certified', async () => {
    const { exitCode, out, err } = await lacunaVerify(
      'certificate',
      at('honest.sigstore.json'),
      '--trust',
      folder,
    );
    expect(exitCode).toBe(0);
    expect(err).toBe('');
    expect(out.match(/^✓/gm)).toHaveLength(Object.keys(CLAIM_STEPS.certificate).length);
    expect(out).toContain('Verified: request req-1 (erasure, art-17-1-erasure)');
    expect(out).toContain('shard 1 rebuilt: 7 → 5 records');
    expect(out).toContain('shards left as they were: 0, 2');
    expect(out).toContain('COPIES_OUTSIDE_THE_SYSTEM');
  });

  it('reports as JSON', async () => {
    const { exitCode, out } = await lacunaVerify(
      'certificate',
      at('honest.sigstore.json'),
      '--trust',
      folder,
      '--json',
    );
    expect(exitCode).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      verified: true,
      claim: 'certificate',
      steps: Object.entries(CLAIM_STEPS.certificate).map(([step, meaning]) => ({ step, meaning })),
      notProven: exampleStatement().predicate.notProven,
      log: { origin: 'ledger.example.org', index: 3, size: 7 },
      certificate: exampleStatement().predicate,
    });
  });

  it('refuses a changed certificate with one code and a next step, after the steps that held', async () => {
    const { exitCode, out, err } = await lacunaVerify(
      'certificate',
      at('tampered.sigstore.json'),
      '--trust',
      folder,
    );
    expect(exitCode).toBe(1);
    expect(out).toContain('✓ checkpoint');
    expect(out).not.toContain('✓ head');
    expect(err).toMatch(/^✗ CHECKPOINT_SIZE_MISMATCH: .+\n {2}proof 8, checkpoint 7\n {2}→ /);
  });

  it('refuses as JSON, too', async () => {
    const { exitCode, out } = await lacunaVerify(
      'certificate',
      at('tampered.sigstore.json'),
      '--trust',
      folder,
      '--json',
    );
    expect(exitCode).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      verified: false,
      claim: 'certificate',
      steps: expect.arrayContaining([expect.objectContaining({ step: 'checkpoint' })]),
      error: { code: 'CHECKPOINT_SIZE_MISMATCH' },
    });
  });

  it.each([
    ['of 100 MB', () => at('huge.sigstore.json')],
    ['without end', () => '/dev/zero'],
  ])('refuses a file %s without reading it whole', async (_, file) => {
    truncateSync(at('huge.sigstore.json'), 100e6);
    const { exitCode, err } = await lacunaVerify('certificate', file(), '--trust', folder);
    expect(exitCode).toBe(2);
    expect(err).toMatch(/^✗ FILE_TOO_LARGE: [^]*→ /);
  });

  it.each<[string, number, string, (trust: string) => void]>([
    ['lacks the log’s key', 2, 'FILE_UNREADABLE', (trust) => rmSync(join(trust, 'log.vkey'))],
    [
      'has a folder where a file should be',
      2,
      'FILE_UNREADABLE',
      (trust) => {
        rmSync(join(trust, 'certificate-signer.pem'));
        mkdirSync(join(trust, 'certificate-signer.pem'));
      },
    ],
    [
      'has a file that is none',
      1,
      'TRUST_FILE_MALFORMED',
      (trust) => writeFileSync(join(trust, 'log.vkey'), '\u0000'),
    ],
    [
      'has a file of 100 MB',
      2,
      'FILE_TOO_LARGE',
      (trust) => truncateSync(join(trust, 'trusted-root.json'), 100e6),
    ],
  ])('verifies nothing with a trust folder that %s', async (_, exit, code, spoil) => {
    const trust = mkdtempSync(at('trust-'));
    for (const [name, content] of Object.entries(honestTrustFiles()))
      writeFileSync(join(trust, name), content);
    spoil(trust);
    const { exitCode, out, err } = await lacunaVerify(
      'certificate',
      at('honest.sigstore.json'),
      '--trust',
      trust,
    );
    expect([exitCode, out]).toEqual([exit, '']);
    expect(err).toMatch(new RegExp(`^✗ ${code}: [^]*→ `));
  });

  it.each([
    ['a certificate that is not there', ['certificate', 'nowhere.json', '--trust', '.'], 'FILE_UNREADABLE'],
    ['no trust folder', ['certificate', 'nowhere.json'], "required option '--trust <folder>'"],
    ['no file', ['certificate', '--trust', '.'], "missing required argument 'file'"],
    ['an unknown command', ['certify'], "unknown command 'certify'"],
  ])('ends with 2 given %s', async (_, argv, message) => {
    const { exitCode, err } = await lacunaVerify(...argv);
    expect(exitCode).toBe(2);
    expect(err).toContain(message);
  });
});

describe('lacuna-verify', () => {
  it('has a command for every claim, and says so when asked for help', async () => {
    const { exitCode, out } = await lacunaVerify('--help');
    expect(exitCode).toBe(0);
    const commands = [...out.matchAll(/^ {2}(\w+) .*\[options\]/gm)].map(([, name]) => name);
    expect(commands.sort()).toEqual(Object.keys(CLAIM_STEPS).sort());
    expect(out).toContain('Exit codes: 0 verified, 1 refused, 2 wrong usage');
  });

  it.each(Object.keys(CLAIM_STEPS))('shows how to use %s by examples', async (claim) => {
    const { exitCode, out } = await lacunaVerify(claim, '--help');
    expect(exitCode).toBe(0);
    expect(out).toMatch(new RegExp(`Examples:\n {2}lacuna-verify ${claim} `));
    expect(out).toContain('--json');
  });
});
