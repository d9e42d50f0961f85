import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { honestCertificate, honestTrustFiles } from '#libs/testkit';
import { expectRefusal, lacuna } from './support/lacuna-process.js';

let folder: string;
const at = (name: string): string => path.join(folder, name);
const MINUTE = 60_000;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'certificate-render-'));
  for (const [name, content] of Object.entries(honestTrustFiles())) writeFileSync(at(name), content);
  writeFileSync(at('req-1.sigstore.json'), honestCertificate().bundle);
  writeFileSync(at('none.sigstore.json'), '{"a":1,"a":2}');
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('lacuna certificate render', () => {
  const render = (...argv: string[]) => lacuna(['certificate', 'render', ...argv]);

  it(
    'writes a file for people, in the form that its name asks for',
    async () => {
      const file = at('req-1.sigstore.json');
      const pdf = await render(file, '--trust', folder, '--out', at('page.pdf'));
      expect(pdf).toMatchObject({ exitCode: 0, out: `Written to ${at('page.pdf')}.\n` });
      expect(readFileSync(at('page.pdf'), 'latin1')).toMatch(/^%PDF-/);
      expect(await render(file, '--trust', folder, '--out', at('page'))).toMatchObject({ exitCode: 0 });
      expect(readFileSync(at('page'), 'utf8')).toContain('<strong>Verified</strong>');
      expect(await render(file, '--out', at('page.html'))).toMatchObject({ exitCode: 0 });
      expect(readFileSync(at('page.html'), 'utf8')).toContain('<strong>Not verified</strong>');
    },
    MINUTE,
  );

  it(
    'refuses a file that is no certificate, and writes nothing',
    async () => {
      const ended = await render(at('none.sigstore.json'), '--out', at('none.html'));
      expectRefusal(ended, 'CERTIFICATE_UNREADABLE');
      expect(() => readFileSync(at('none.html'))).toThrow('ENOENT');
    },
    MINUTE,
  );

  it(
    'refuses an id that nobody knows',
    async () => {
      const home = ['--data-folder', at('data')];
      const ended = await lacuna([...home, 'certificate', 'render', '7f1d9b1e-0000-4000-8000-00000000000f']);
      expectRefusal(ended, 'REQUEST_UNKNOWN');
    },
    MINUTE,
  );
});
