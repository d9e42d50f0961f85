import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { utf8 } from '#libs/essentials';
import { refusalOf, refusalOfAsync } from '#libs/testkit';
import { FileVault, parseKekAddress, type KekCustody } from '#stages/vault';
import { withKekCustody, type KekOptions } from '../apps/installation/index.js';
import { openSmall, populate, TemporaryFolders, using } from './support/small-installation.js';
import { expectRefusal, lacuna } from './support/lacuna-process.js';
import { VaultTransitServer } from './support/vault-transit-server.js';

const folders = new TemporaryFolders();
const server = new VaultTransitServer(['lacuna', 'other']);
const TRANSIT = parseKekAddress('vault-transit:lacuna');
const PERSON = 'anna@example.org';
const context = utf8('context');
let environment: Record<string, string>;
let made: string;
let folder: string;

beforeAll(async () => {
  environment = { VAULT_ADDR: await server.listen(), VAULT_TOKEN: 's.root' };
  made = folders.next();
  await using(made, async ({ vault }) => {
    vault.enrolSubjects([PERSON]);
    vault.ensureKey('gone');
    vault.destroyKeys(['gone'], '2026-01-31T10:00:00.000Z');
  });
});
beforeEach(() => {
  folder = folders.copyOf(made);
});
afterAll(async () => {
  await server.close();
  folders.remove();
});

const at = (name: string): string => path.join(folder, name);
const withCustody = <T>(work: (custody: KekCustody) => Promise<T>, options: KekOptions = {}): Promise<T> =>
  withKekCustody(folder, { environment, ...options }, work);
const loaded = (options?: KekOptions): Promise<Uint8Array> =>
  withCustody((custody) => custody.load(), options);
const moved = (): Promise<void> => withCustody((custody) => custody.move(TRANSIT));

/** Opens the vault as an installation does, and reads what was there. */
async function expectVaultOpens(options?: KekOptions): Promise<void> {
  const vault = FileVault.open({ file: at('vault.db'), kek: await loaded(options) });
  const subject = vault.findSubject(PERSON)!;
  expect(vault.externalIdsOf(subject)).toEqual([{ externalId: PERSON, kind: 'email' }]);
  const sealed = vault.seal(`${subject}/profile`, utf8('text'), context);
  expect(Buffer.from(vault.open(`${subject}/profile`, sealed, context)).toString()).toBe('text');
  expect(vault.keyState('gone')).toBe('destroyed');
  vault.close();
}

describe('a key-encryption key that a service wraps', () => {
  it('is made, wrapped, for a new installation, and lies nowhere in plain', async () => {
    const fresh = folders.next();
    const options = { kek: 'vault-transit:lacuna', environment };
    await using(fresh, populate, options);
    const files = readdirSync(fresh);
    expect(files).toContain('kek.wrapped');
    expect(files).not.toContain('kek.key');
    const { schema, provider, key, installation, ciphertext } = JSON.parse(
      readFileSync(path.join(fresh, 'kek.wrapped'), 'utf8'),
    ) as Record<string, string>;
    expect([schema, provider, key]).toEqual(['urn:lacuna:wrapped-kek:v1', 'vault-transit', 'lacuna']);
    expect(installation).toBe(
      (JSON.parse(readFileSync(path.join(fresh, 'lacuna.json'), 'utf8')) as { installation: string })
        .installation,
    );
    expect(ciphertext).toMatch(/^vault:v1:/);
    await using(fresh, async ({ vault }) => expect(vault.findSubject('person-0')).toBeDefined(), {
      environment,
    }); // the file names the service
  });

  it.each([
    ['KEY_SERVICE_SEALED', () => (server.sealed = true), () => (server.sealed = false)],
    ['KEY_SERVICE_DENIED', () => server.tokens.delete('s.root'), () => server.tokens.add('s.root')],
  ] as [string, () => unknown, () => unknown][])(
    'is not had while the service says %s, and then nothing opens',
    async (code, happen, end) => {
      await moved();
      happen();
      try {
        expect(await refusalOfAsync(() => openSmall(folder, { environment }))).toBe(code);
      } finally {
        end();
      }
      await using(folder, async ({ vault }) => expect(vault.findSubject(PERSON)).toBeDefined(), {
        environment,
      });
    },
  );

  it('is taken for this installation only, from the key that LACUNA_KEK names, and never beside one in plain', async () => {
    const plain = folders.next();
    copyFileSync(at('kek.key'), plain);
    await moved();
    expect(await refusalOfAsync(() => loaded({ kek: 'vault-transit:other' }))).toBe('KEK_WRAPPED_ELSEWHERE');
    copyFileSync(plain, at('kek.key'));
    expect(await refusalOfAsync(() => loaded())).toBe('KEK_IN_PLAIN');
    await moved(); // ends what was interrupted
    await expectVaultOpens({ kek: 'vault-transit:lacuna' });
    const wrapped = readFileSync(at('kek.wrapped'), 'utf8');
    writeFileSync(at('kek.wrapped'), wrapped.replace(/"installation": "[^"]+"/, '"installation": "another"'));
    expect(await refusalOfAsync(() => loaded())).toBe('KEK_OF_ANOTHER_INSTALLATION');
    writeFileSync(at('kek.wrapped'), wrapped.replace('"provider"', '"provided"'));
    expect(await refusalOfAsync(() => loaded())).toBe('KEK_WRAPPED_MALFORMED');
  });

  it('is never made anew for a vault that is there', async () => {
    expect(await refusalOfAsync(() => loaded({ kek: 'vault-transit:lacuna' }))).toBe('KEK_MISSING');
    expect(existsSync(at('kek.wrapped'))).toBe(false);
    await expectVaultOpens();
  });
});

describe('moving the key-encryption key', () => {
  it('goes from a file to a service and back, and leaves one copy', async () => {
    const plain = readFileSync(at('kek.key'), 'utf8');
    await moved();
    expect([existsSync(at('kek.key')), existsSync(at('kek.wrapped'))]).toEqual([false, true]);
    await expectVaultOpens();
    await withCustody((custody) => custody.move('file'));
    expect([existsSync(at('kek.key')), existsSync(at('kek.wrapped'))]).toEqual([true, false]);
    expect(readFileSync(at('kek.key'), 'utf8')).toBe(plain);
    await expectVaultOpens();
  });

  it('takes the key from the environment, too, and refuses one that opens nothing', async () => {
    const kek = readFileSync(at('kek.key'), 'utf8').trim();
    const wrong = { kek: 'ab'.repeat(32) };
    expect(await refusalOfAsync(() => withCustody((custody) => custody.move(TRANSIT), wrong))).toBe(
      'KEK_WRONG',
    );
    expect(existsSync(at('kek.wrapped'))).toBe(false);
    await withCustody((custody) => custody.move(TRANSIT), { kek });
    await expectVaultOpens();
  });

  it('leaves everything as it was when the service refuses', async () => {
    server.sealed = true;
    expect(await refusalOfAsync(moved)).toBe('KEY_SERVICE_SEALED');
    server.sealed = false;
    await expectVaultOpens();
  });
});

describe('rotating keys', () => {
  it('puts the whole vault under a new key, which the old one no longer opens', async () => {
    const old = await loaded();
    const wrappedBefore = wrappedKeysIn(at('vault.db'));
    expect(await withCustody((custody) => custody.rotate())).toEqual({
      keys: expect.any(Number),
      entries: 1,
    });
    expect(refusalOf(() => FileVault.open({ file: at('vault.db'), kek: old }))).toBe('KEK_WRONG');
    await expectVaultOpens();
    for (const wrapped of wrappedBefore) expect(readFileSync(at('vault.db')).includes(wrapped)).toBe(false);
  });

  it('does so under a service’s key as well, whose own rotation needs a new wrapping only', async () => {
    await moved();
    const kek = await loaded();
    await withCustody((custody) => custody.rewrap({ rotateService: true }));
    expect(server.versionsOf('transit/lacuna')).toBeGreaterThan(1);
    const { ciphertext } = JSON.parse(readFileSync(at('kek.wrapped'), 'utf8')) as { ciphertext: string };
    expect(ciphertext).toMatch(new RegExp(`^vault:v${server.versionsOf('transit/lacuna')}:`));
    expect(await loaded()).toEqual(kek);
    await withCustody((custody) => custody.rotate());
    expect(await loaded()).not.toEqual(kek);
    await expectVaultOpens();
  });

  it('takes the next key from the environment where the key comes from there', async () => {
    const kek = readFileSync(at('kek.key'), 'utf8').trim();
    const next = 'cd'.repeat(32);
    expect(await refusalOfAsync(() => withCustody((custody) => custody.rotate(), { kek }))).toBe(
      'KEK_NEXT_MISSING',
    );
    await withCustody((custody) => custody.rotate(), { kek, kekNext: next });
    await expectVaultOpens({ kek: next });
  });

  it('is refused where no service wraps the key and only the wrapping is asked for', async () => {
    expect(
      await refusalOfAsync(() => withCustody((custody) => custody.rewrap({ rotateService: false }))),
    ).toBe('KEK_NOT_WRAPPED');
  });

  it.each(['file', 'service'] as const)(
    'finds the key that opens the vault after a crash at either side of the transaction (%s)',
    async (where) => {
      if (where === 'service') await moved();
      const name = where === 'file' ? 'kek.key' : 'kek.wrapped';
      const [oldKey, oldVault] = ['key', 'vault'].map(() => folders.next());
      copyFileSync(at(name), oldKey);
      copyFileSync(at('vault.db'), oldVault);
      await withCustody((custody) => custody.rotate());
      // The vault is under the new key; its file had not taken the old one's place.
      copyFileSync(at(name), at(`${name}.next`));
      copyFileSync(oldKey, at(name));
      await expectVaultOpens();
      expect(existsSync(at(`${name}.next`))).toBe(false);
      // The new key was written, the vault is still under the old one.
      copyFileSync(at(name), at(`${name}.next`));
      copyFileSync(oldKey, at(name));
      copyFileSync(oldVault, at('vault.db'));
      await expectVaultOpens();
      expect(existsSync(at(`${name}.next`))).toBe(false);
    },
  );
});

describe('lacuna keys', () => {
  const keys = (...argv: string[]) => lacuna(['--data-folder', folder, 'keys', ...argv], environment);

  it('moves, rotates, and says where the key is', async () => {
    expect((await keys('move', '--to', 'vault-transit:lacuna')).out).toContain(
      'wrapped by vault-transit:lacuna',
    );
    expect((await keys('rotate')).out).toContain('1 of the directory’s entries');
    const status = await keys('status');
    expect(status.out).toContain('lies in kek.wrapped, wrapped by vault-transit:lacuna. It opens the vault.');
    expect(status.out).toContain('destroyed and listed for ever: 1');
  });

  it('refuses a folder without an installation, and an address that is none', async () => {
    expectRefusal(await lacuna(['--data-folder', folders.next(), 'keys', 'status']), 'INSTALLATION_MISSING');
    expectRefusal(await keys('move', '--to', 'azure:key'), 'KEK_ADDRESS_MALFORMED');
  });
});

function wrappedKeysIn(file: string): Buffer[] {
  const database = new Database(file, { readonly: true });
  try {
    return database.prepare('SELECT wrapped FROM keys').pluck().all() as Buffer[];
  } finally {
    database.close();
  }
}
