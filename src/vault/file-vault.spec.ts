import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { utf8 } from '#libs/essentials';
import { describeVaultContract, refusalOf } from '#libs/testkit';
import { FileVault, loadKek } from './index.js';

const kek = new Uint8Array(32).fill(7);
const home = mkdtempSync(path.join(tmpdir(), 'lacuna-vault-'));
const newFolder = (): string => mkdtempSync(path.join(home, 'v-'));
afterAll(() => rmSync(home, { recursive: true }));

describeVaultContract('in a file', () => FileVault.open({ file: path.join(newFolder(), 'vault.db'), kek }));

const contentOf = (folder: string): Buffer =>
  Buffer.concat(readdirSync(folder).map((name) => readFileSync(path.join(folder, name))));

describe('the file vault', () => {
  const context = utf8('context');

  it('finds keys, destructions and people again after it was closed', () => {
    const file = path.join(newFolder(), 'vault.db');
    const before = FileVault.open({ file, kek });
    const [{ subject }] = before.enrolSubjects(['anna']);
    const key = before.ensureKey('a');
    const sealed = before.seal('a', utf8('text'), context);
    before.ensureKey('gone');
    before.destroyKeys(['gone'], '2026-01-02T03:04:05.678Z');
    before.close();

    const after = FileVault.open({ file, kek });
    expect(after.key('a')).toEqual(key);
    expect(after.open('a', sealed, context).toString()).toBe('text');
    expect(after.keyState('gone')).toBe('destroyed');
    expect(after.findSubject('anna')).toBe(subject);
    expect(after.externalIdsOf(subject)).toEqual([{ externalId: 'anna', kind: 'id' }]);
    after.close();
  });

  it('opens what it has just sealed as it was, though the text was wiped since, and again later', () => {
    const vault = FileVault.open({ file: path.join(newFolder(), 'vault.db'), kek });
    vault.ensureKey('a');
    const text = utf8('text');
    const sealed = vault.seal('a', text, context);
    text.fill(0);
    const damaged = `${sealed.slice(0, -1)}${sealed.endsWith('A') ? 'Q' : 'A'}`;
    expect(refusalOf(() => vault.open('a', sealed, utf8('another')))).toBe('PAYLOAD_DAMAGED');
    expect(refusalOf(() => vault.open('a', damaged, context))).toBe('PAYLOAD_DAMAGED');
    for (let time = 0; time < 2; time++)
      expect(Buffer.from(vault.open('a', sealed, context)).toString()).toBe('text');
    vault.close();
  });

  it('takes over a vault of version 1, in which a person had one id', () => {
    const file = path.join(newFolder(), 'vault.db');
    const before = FileVault.open({ file, kek });
    const [{ subject }] = before.enrolSubjects(['anna@example.org']);
    before.close();
    const raw = new Database(file);
    raw.exec(`
      ALTER TABLE directory RENAME TO directory_2;
      CREATE TABLE directory (lookup BLOB PRIMARY KEY, subject TEXT NOT NULL UNIQUE, sealed_external_id BLOB NOT NULL) STRICT;
      INSERT INTO directory SELECT lookup, subject, sealed_external_id FROM directory_2;
      DROP TABLE directory_2;
      PRAGMA user_version = 1;
    `);
    raw.close();
    expect(refusalOf(() => FileVault.open({ file, kek, readOnly: true }))).toBe('VAULT_VERSION_UNKNOWN');
    const after = FileVault.open({ file, kek });
    after.addAlias(subject, 'customer-7');
    expect(after.externalIdsOf(subject)).toEqual([
      { externalId: 'anna@example.org', kind: 'email' },
      { externalId: 'customer-7', kind: 'id' },
    ]);
    after.close();
  });

  it('opens payloads over a second connection that changes nothing, and sees what the first has changed', () => {
    const file = path.join(newFolder(), 'vault.db');
    expect(refusalOf(() => FileVault.open({ file, kek, readOnly: true }))).toBe('VAULT_UNAVAILABLE');
    const vault = FileVault.open({ file, kek });
    expect(refusalOf(() => FileVault.open({ file, kek: new Uint8Array(32), readOnly: true }))).toBe(
      'KEK_WRONG',
    );
    const reader = FileVault.open({ file, kek, readOnly: true });
    vault.ensureKey('a');
    vault.ensureKey('gone');
    const sealed = vault.seal('a', utf8('text'), context);
    expect(reader.open('a', sealed, context).toString()).toBe('text');
    vault.destroyKeys(['gone'], '2026-01-02T03:04:05.678Z');
    expect(refusalOf(() => reader.open('gone', sealed, context))).toBe('KEY_DESTROYED');
    expect(refusalOf(() => reader.ensureKey('b'))).toBe('VAULT_READ_ONLY');
    expect(refusalOf(() => reader.destroyKeys(['a'], '2026-01-02T03:04:05.678Z'))).toBe('VAULT_READ_ONLY');
    reader.close();
    expect(vault.keyState('a')).toBe('live');
    vault.close();
  });

  it('holds neither external ids nor keys in plain text', () => {
    const folder = newFolder();
    const vault = FileVault.open({ file: path.join(folder, 'vault.db'), kek });
    const [{ subject }] = vault.enrolSubjects(['anna@example.org']);
    const content = contentOf(folder);
    expect(content.includes(subject)).toBe(true);
    expect(content.includes('anna')).toBe(false);
    for (const name of vault.liveKeys(subject))
      expect(content.includes(Buffer.from(vault.key(name)))).toBe(false);
    vault.close();
  });

  it('leaves no byte of a destroyed key or a forgotten person in its files', () => {
    const folder = newFolder();
    const file = path.join(folder, 'vault.db');
    const vault = FileVault.open({ file, kek });
    const [{ subject }] = vault.enrolSubjects([
      'anna',
      ...Array.from({ length: 200 }, (_, i) => `other-${i}`),
    ]);
    const reader = new Database(file, { readonly: true });
    const wrapped = reader
      .prepare('SELECT wrapped FROM keys WHERE name LIKE ?')
      .pluck()
      .all(`${subject}%`) as Buffer[];
    const [entry] = reader
      .prepare('SELECT sealed_external_id FROM directory WHERE subject = ?')
      .pluck()
      .all(subject) as Buffer[];
    reader.close();
    expect([...wrapped, entry].map((bytes) => contentOf(folder).includes(bytes))).toEqual([
      true,
      true,
      true,
      true,
    ]);
    vault.forgetSubject(subject);
    vault.destroyKeys(vault.liveKeys(`${subject}/`), '2026-01-02T03:04:05.678Z');
    expect([...wrapped, entry].map((bytes) => contentOf(folder).includes(bytes))).toEqual([
      false,
      false,
      false,
      false,
    ]);
    vault.close();
  });

  it('notices a wrapped key that was put under another name', () => {
    const file = path.join(newFolder(), 'vault.db');
    const vault = FileVault.open({ file, kek });
    vault.ensureKey('a');
    vault.ensureKey('b');
    vault.close();
    const raw = new Database(file);
    raw.exec(`UPDATE keys SET wrapped = (SELECT wrapped FROM keys WHERE name = 'a') WHERE name = 'b'`);
    raw.close();
    const swapped = FileVault.open({ file, kek });
    expect(swapped.key('a')).toHaveLength(32);
    expect(refusalOf(() => swapped.key('b'))).toBe('VAULT_DAMAGED');
    swapped.close();
  });

  it('refuses the wrong key, a file that is no vault, and a folder that is not there', () => {
    const file = path.join(newFolder(), 'vault.db');
    FileVault.open({ file, kek }).close();
    const other = new Uint8Array(32).fill(8);
    expect(refusalOf(() => FileVault.open({ file, kek: other }))).toBe('KEK_WRONG');
    FileVault.open({ file, kek }).close();

    const text = path.join(newFolder(), 'vault.db');
    writeFileSync(text, 'no database '.repeat(100));
    expect(refusalOf(() => FileVault.open({ file: text, kek }))).toBe('VAULT_DAMAGED');
    const foreign = path.join(newFolder(), 'vault.db');
    new Database(foreign).exec('CREATE TABLE notes (text)').close();
    expect(refusalOf(() => FileVault.open({ file: foreign, kek }))).toBe('VAULT_VERSION_UNKNOWN');
    expect(refusalOf(() => FileVault.open({ file: path.join(home, 'nowhere', 'vault.db'), kek }))).toBe(
      'VAULT_UNAVAILABLE',
    );
  });
});

describe('the key-encryption key', () => {
  const paths = (): { file: string; vaultFile: string } => {
    const folder = newFolder();
    return { file: path.join(folder, 'kek.key'), vaultFile: path.join(folder, 'vault.db') };
  };

  it('is made for a new vault, readable by its owner only, and found again', () => {
    const source = paths();
    const made = loadKek(source);
    expect(made).toHaveLength(32);
    expect(statSync(source.file).mode & 0o777).toBe(0o600);
    expect(Buffer.from(loadKek(source)).equals(made)).toBe(true);
  });

  it('is never replaced when it is missing beside an existing vault', () => {
    const source = paths();
    FileVault.open({ file: source.vaultFile, kek }).close();
    expect(refusalOf(() => loadKek(source))).toBe('KEK_MISSING');
    expect(refusalOf(() => statSync(source.file))).toBe('ENOENT');
  });

  it('comes from the environment when it is set there, in hex or base64', () => {
    const bytes = Buffer.from(Array.from({ length: 32 }, (_, index) => index * 7));
    for (const encoding of ['hex', 'base64', 'base64url'] as const)
      expect(Buffer.from(loadKek({ ...paths(), env: bytes.toString(encoding) })).equals(bytes)).toBe(true);
  });

  it.each(['short', 'zz'.repeat(32), 'ab'.repeat(31), `${'A'.repeat(44)}`, `${'ab'.repeat(32)}\nab`])(
    'is refused as %p',
    (env) => {
      expect(refusalOf(() => loadKek({ ...paths(), env }))).toBe('KEK_MALFORMED');
    },
  );

  it('is refused when others can read its file, with what to do', () => {
    const source = paths();
    loadKek(source);
    chmodSync(source.file, 0o640);
    expect(() => loadKek(source)).toThrow(
      expect.objectContaining({ code: 'KEK_PERMISSIONS', nextStep: `run: chmod 600 ${source.file}` }),
    );
  });
});
