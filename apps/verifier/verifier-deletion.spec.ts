import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exampleDeletion, honestCertificate, honestTrustFiles } from '#libs/testkit';
import { CLAIM_STEPS } from '#libs/verification';
import { run } from './run.js';

let folder: string;
const at = (name: string) => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'verifier-deletion-'));
  for (const [name, content] of Object.entries(honestTrustFiles())) writeFileSync(at(name), content);
  writeFileSync(at('req-1.sigstore.json'), honestCertificate().bundle);
  writeFileSync(at('req-1.proofs.json'), exampleDeletion().file);
  writeFileSync(at('cut.proofs.json'), exampleDeletion().file.slice(1));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function deletion(...more: string[]): Promise<{ exitCode: number; out: string; err: string }> {
  const out: string[] = [];
  const err: string[] = [];
  const argv = ['deletion', at('req-1.sigstore.json'), '--trust', folder, ...more];
  const exitCode = await run(argv, { print: (line) => out.push(line), printError: (line) => err.push(line) });
  return { exitCode, out: out.join('\n'), err: err.join('\n') };
}

describe('lacuna-verify deletion', () => {
  it('finds the proofs beside the certificate and says what left the datasets', async () => {
    const { exitCode, out } = await deletion();
    expect(exitCode).toBe(0);
    expect(out.match(/^✓/gm)).toHaveLength(Object.keys(CLAIM_STEPS.deletion).length);
    expect(out).toContain('Verified: 2 records left the datasets');
  });

  it('reports as JSON', async () => {
    const { out } = await deletion('--json');
    expect(JSON.parse(out)).toMatchObject({ verified: true, claim: 'deletion', left: 2, neverThere: 0 });
  });

  it('refuses other proofs than the certificate names, and ends with 2 where there are none', async () => {
    const cut = await deletion('--proofs', at('cut.proofs.json'));
    expect(cut).toMatchObject({ exitCode: 1, err: expect.stringContaining('PROOFS_DIGEST_MISMATCH') });
    const none = await deletion('--proofs', at('nowhere.json'));
    expect(none).toMatchObject({ exitCode: 2, err: expect.stringContaining('FILE_UNREADABLE') });
  });
});
