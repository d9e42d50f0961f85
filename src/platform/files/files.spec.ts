import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  FILE_MODE,
  FOLDER_MODE,
  linkFilesDurably,
  makeFolder,
  writeFileDurably,
  writeFilesDurably,
  writeNamedFileDurably,
} from './index.js';

let home: string;
let umask: number;
const at = (...names: string[]) => path.join(home, ...names);
const mode = (file: string) => statSync(file).mode & 0o777;

beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'lacuna-files-'));
  umask = process.umask(0o077);
});
afterEach(() => {
  process.umask(umask);
  rmSync(home, { recursive: true });
});

describe('a file that is written durably', () => {
  it('is replaced as a whole and leaves no draft', async () => {
    await writeFileDurably(at('file'), 'a first and long text');
    await writeFileDurably(at('file'), 'second');
    expect(readFileSync(at('file'), 'utf8')).toBe('second');
    expect(readdirSync(home)).toEqual(['file']);
  });

  it('can be named by what is found out while it is written, and leaves no draft where that fails', async () => {
    await makeFolder(at('drafts'), FOLDER_MODE.public);
    const content = new Uint8Array(3_000_000).fill(1);
    await writeNamedFileDurably(at('drafts'), content, Promise.resolve(at('named')), FILE_MODE.public);
    expect([readFileSync(at('named')).length, mode(at('named'))]).toEqual([content.length, 0o644]);
    const unnamed = Promise.reject(new Error('no name'));
    await expect(writeNamedFileDurably(at('drafts'), content, unnamed)).rejects.toThrow('no name');
    expect(readdirSync(at('drafts'))).toEqual([]);
  });

  it('is for its owner only unless it is to be published', async () => {
    await writeFileDurably(at('secret'), '');
    await writeFileDurably(at('known'), '', FILE_MODE.public);
    expect([mode(at('secret')), mode(at('known'))]).toEqual([0o600, 0o644]);
  });

  it('is given a second name as often as it is asked for, in place of what stood there', async () => {
    await writeFileDurably(at('file'), 'text');
    await writeFileDurably(at('name'), 'another');
    await linkFilesDurably([{ existing: at('file'), file: at('name') }]);
    await linkFilesDurably([{ existing: at('file'), file: at('name') }]);
    expect(readFileSync(at('name'), 'utf8')).toBe('text');
    expect(readdirSync(home).sort()).toEqual(['file', 'name']);
    await expect(linkFilesDurably([{ existing: at('nothing'), file: at('name') }])).rejects.toMatchObject({
      code: 'ENOENT',
    });
    expect(readFileSync(at('name'), 'utf8')).toBe('text');
  });

  it('lies in folders that a strict umask does not close', async () => {
    await makeFolder(at('a', 'b'), FOLDER_MODE.public);
    expect([mode(at('a')), mode(at('a', 'b')), mode(home)]).toEqual([0o755, 0o755, 0o700]);
  });
});

describe('files that are written durably together', () => {
  const modes = { file: FILE_MODE.public, folder: FOLDER_MODE.public };

  it('lie where they belong, more than are opened at once, and leave no draft', async () => {
    const files = Array.from({ length: 100 }, (_, i) => ({ file: at(`${i % 7}`, `${i}`), content: `${i}` }));
    await writeFilesDurably(files, modes);
    for (const { file, content } of files) expect(readFileSync(file, 'utf8')).toBe(content);
    expect(readdirSync(home, { recursive: true })).toHaveLength(7 + files.length);
    expect([mode(at('3')), mode(at('3', '3'))]).toEqual([0o755, 0o644]);
  });

  it('are refused together when one cannot be written, and leave no draft of it', async () => {
    await makeFolder(at('taken'), FOLDER_MODE.public);
    const files = ['fine', 'taken'].map((name) => ({ file: at(name), content: name }));
    await expect(writeFilesDurably(files, modes)).rejects.toMatchObject({ code: 'EISDIR' });
    expect(readdirSync(home).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});
