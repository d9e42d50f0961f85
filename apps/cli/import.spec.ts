import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Command } from 'commander';
import { InMemoryEventStore } from '#stages/event-store';
import { createIngest, type Ingest } from '#stages/ingest';
import { FileVault } from '#stages/vault';
import { registerImport } from './import.js';
import { EXIT, importFile } from './import-file.js';

let folder: string;
let ingest: Ingest;
let closed: boolean;
let errors: string;
const inFolder = (name: string) => path.join(folder, name);
const write = (name: string, content: string) => {
  writeFileSync(inFolder(name), content);
  return inFolder(name);
};
const open = async () => ({ imports: ingest.imports, close: async () => void (closed = true) });
const run = async (file: string, flags: Partial<Parameters<typeof importFile>[1]> = {}) => {
  const lines: string[] = [];
  const all = {
    type: 'rating',
    onBadLine: 'stop',
    profilePurpose: 'personalisation',
    rejects: inFolder('rejects.ndjson'),
    ...flags,
  } as const;
  const code = await importFile(file, all, open, (line = '') => lines.push(line));
  return { code, text: lines.join('\n') };
};

const granted = { grantConsent: 'recommendations', evidence: 'contract-3' };
const DAT = '7::1::5::978300760\n8::1::4::978301968\n';

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'lacuna-cli-'));
  closed = false;
  errors = '';
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => Boolean((errors += String(text))));
  ingest = await createIngest({
    store: new InMemoryEventStore(),
    vault: FileVault.open({ file: ':memory:', kek: new Uint8Array(32) }),
    consentTerms: {
      controller: 'Example Streaming Ltd',
      noticeReference: 'notice-2026-01',
      personalDataCategories: ['ratings'],
      lawfulBasis: 'consent',
    },
  });
  await ingest.catalogue.catalogue([{ item: '1', title: 'Toy Story (1995)', categories: [] }]);
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

describe('lacuna import', () => {
  it('says what became of the lines, shows how far it is, and closes what it opened', async () => {
    const { code, text } = await run(write('ratings.dat', DAT), granted);
    expect(code).toBe(EXIT.ok);
    expect(text).toMatch(/people enrolled +2\nentries read +2\nrecorded +2\nduplicates +0\nrejected +0/);
    expect(errors).toContain('100% read: 2 recorded');
    expect(closed).toBe(true);
  });

  it('prints JSON for other programs, and nothing else', async () => {
    const { text } = await run(write('ratings.dat', DAT), { ...granted, json: true });
    expect(JSON.parse(text)).toMatchObject({ rows: 2, recorded: 2, rejected: 0 });
    expect(errors).toBe('');
  });

  it('leaves bad lines out when told to, and reports their numbers and reasons but not their content', async () => {
    const file = write('ratings.dat', `${DAT}anybody::99::5::978300760\n`);
    const { code, text } = await run(file, { ...granted, onBadLine: 'skip' });
    expect(code).toBe(EXIT.someRejected);
    expect(text).toMatch(/ITEM_UNKNOWN +1/);
    expect(JSON.parse(readFileSync(inFolder('rejects.ndjson'), 'utf8'))).toEqual({
      line: 3,
      code: 'ITEM_UNKNOWN',
      field: 'item',
    });
  });

  it.each<[string, Parameters<typeof run>[1], string]>([
    ['nobody consented', {}, 'SUBJECT_UNKNOWN'],
    ['there is no evidence of the consent', { grantConsent: 'recommendations' }, 'EVIDENCE_MISSING'],
    ['the columns are malformed', { ...granted, columns: 'user:a' }, 'COLUMNS_MALFORMED'],
    ['the default time is none', { ...granted, timeDefault: 'once' }, 'TIME_MALFORMED'],
    ['the purpose is another than consented to', { ...granted, purpose: 'research' }, 'CONSENT_MISSING'],
  ])('refuses when %s, with the code and what to do', async (_, flags, code) => {
    const { code: exit } = await run(write('ratings.dat', DAT), flags);
    expect(exit).toBe(EXIT.failed);
    expect(errors).toMatch(new RegExp(`^${code}: .+\\nWhat to do: .+`));
    expect(existsSync(inFolder('rejects.ndjson'))).toBe(false);
  });

  it('lets an error of its own making through', async () => {
    const broken = () => Promise.reject(new TypeError('a bug'));
    await expect(
      importFile('x', { type: 'rating', onBadLine: 'stop', profilePurpose: 'personalisation' }, broken),
    ).rejects.toThrow('a bug');
  });

  it('is a command that hands the options of the program on', async () => {
    const seen: Record<string, unknown>[] = [];
    const program = new Command().option('--data <folder>').exitOverride();
    registerImport(program, (options) => {
      seen.push(options);
      return open();
    });
    const file = write('ratings.dat', DAT);
    const consent = ['--grant-consent', 'recommendations', '--evidence', 'contract-3', '--json'];
    const output = jest.spyOn(process.stdout, 'write').mockImplementation(() => true);
    await program.parseAsync(['--data', 'somewhere', 'import', file, ...consent], { from: 'user' });
    expect(seen).toMatchObject([{ data: 'somewhere' }]);
    expect(String(output.mock.calls[0][0])).toContain('"recorded":2');
    expect(process.exitCode).toBe(EXIT.ok);
  });
});
