import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import type { RefusalWords } from './refusal-words.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const quoted = (text: string): string[] =>
  [...text.matchAll(/'([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)'/g)].map(([, code]) => code);

/** Codes of a library as its type lists them. */
const codesOf = (library: string): string[] =>
  quoted(/ErrorCode =([^;]+);/.exec(read(`libs/${library}/${library}-error.ts`))![1]);
const { title, next } = JSON.parse(read('apps/portal/messages/refusals.de.json')) as RefusalWords;
const FAULTS = quoted(read('libs/verification/document-faults.ts').replace(/^ {2}\w+:/gm, ''));
const documents = ['BUNDLE', 'LEAF', 'STATEMENT'].flatMap((kind) =>
  FAULTS.map((fault) => `${kind}_${fault}`),
);

const sources = execFileSync('git', ['ls-files', '*.ts'], { cwd: root, encoding: 'utf8' })
  .split('\n')
  .filter((file) => /^(apps|src|libs)\/.*\.ts$/.test(file) && !file.endsWith('.spec.ts'));

/** Stages and processes that no page of the portal calls: what only they say is read by programs and at terminals. */
const FOR_PROGRAMS =
  /^(src\/ingest\/(?!consent-service)|src\/standards\/|src\/recipients\/acknowledgements|apps\/(cli|evaluation)\/|libs\/(testkit|interop|evaluation|webhooks)\/)/;

/** Codes that the server answers with, and that something on the way from a page to there says. */
function codesOfTheServer(): string[] {
  const answered = [
    ...read('src/platform/http/status-of-code.ts').matchAll(/^ {2}([A-Z][A-Z0-9_]+): \d{3},/gm),
  ].map(([, code]) => code);
  const said = new Set(
    sources
      .filter((file) => !FOR_PROGRAMS.test(file) && !/-error\.ts$|status-of-code\.ts$/.test(file))
      .flatMap((file) => quoted(read(file))),
  );
  return [...answered.filter((code) => said.has(code)), 'INTERNAL'];
}

describe('refusals in German', () => {
  it('say what is wrong and what to do, for every code with which the server may answer a page', () => {
    const { problem } = JSON.parse(read('apps/portal/messages/de.json')) as {
      problem: Readonly<Record<string, unknown>>;
    };
    const codes = codesOfTheServer().filter((code) => !(code in problem));
    expect(codes.length).toBeGreaterThan(110);
    expect(codes.filter((code) => !title[code]?.trim() || !next[code]?.trim())).toEqual([]);
  });

  it('are there for every code of the verifier, which says it in English itself', () => {
    const codes = [
      ...['verification', 'merkle', 'certificate', 'age', 'witnessing'].flatMap(codesOf),
      ...documents,
    ];
    expect(codes.length).toBeGreaterThan(200);
    const spoken = codes.filter((code) => !code.startsWith('ADD_CHECKPOINT_'));
    expect(spoken.filter((code) => (title[code] ?? '').trim() === '')).toEqual([]);
  });

  it('are of codes that something says', () => {
    const said = new Set([...sources.flatMap((file) => quoted(read(file))), ...documents]);
    expect(Object.keys(title).filter((code) => !said.has(code))).toEqual([]);
    expect(Object.keys(next).filter((code) => !(code in title))).toEqual([]);
  });
});
