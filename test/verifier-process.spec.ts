import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { honestCertificate, honestTrustFiles } from '#libs/testkit';
import { lacunaVerify } from './support/lacuna-process.js';

let folder: string;
const at = (name: string): string => path.join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'verifier-process-'));
  for (const [name, content] of Object.entries(honestTrustFiles())) writeFileSync(at(name), content);
  const { bundle } = honestCertificate();
  writeFileSync(at('honest.sigstore.json'), bundle);
  writeFileSync(at('tampered.sigstore.json'), bundle.replace('"treeSize":"7"', '"treeSize":"8"'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('the packed lacuna-verify', () => {
  it('verifies a certificate', async () => {
    const { exitCode, out, err } = await lacunaVerify(
      ...['certificate', at('honest.sigstore.json'), '--trust', folder, '--json'],
    );
    expect(err).toBe('');
    expect(exitCode).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ verified: true, claim: 'certificate', log: { index: 3 } });
  });

  it('refuses a changed one by its code', async () => {
    const { exitCode, err } = await lacunaVerify(
      ...['certificate', at('tampered.sigstore.json'), '--trust', folder],
    );
    expect(exitCode).toBe(1);
    expect(err).toContain('CHECKPOINT_SIZE_MISMATCH');
  });

  it('still finds what stays unpacked: a replay starts, and misses its manifest', async () => {
    const { exitCode, err } = await lacunaVerify(
      ...['replay', '--certificate', at('honest.sigstore.json')],
      ...['--trust', folder, '--events', at('events.db')],
    );
    expect(exitCode).toBe(2);
    expect(err).toContain('MANIFEST_NOT_FOUND');
  });
});
