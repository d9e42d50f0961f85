import { fromUtf8, utf8 } from '#libs/essentials';
import { VaultError } from '#libs/messaging';
import { nodeAead, nodeHmacSha256, type AeadKey } from '#platform/crypto';
import { closeSqlite, openSqlite, truncateWal, type SqliteDatabase } from '#platform/sqlite';
import { checkKek, derived, putCheck } from './derived-keys.js';
import { guarded } from './vault-errors.js';
import { ensureVaultSchema } from './vault-schema.js';

export interface RekeyOptions {
  readonly file: string;
  readonly kek: Uint8Array;
  readonly next: Uint8Array;
}

export interface RekeyedVault {
  readonly keys: number;
  /** Entries of the directory. */
  readonly entries: number;
}

const PAGE = 1_000;

/**
 * Wraps every key of a vault, and seals every entry of its directory, under another key-encryption key: all in one transaction, so that a
 * vault is always under one of the two. What stood there under the old one is overwritten. Nobody else may have the vault open.
 *
 * @throws VaultError KEK_WRONG, VAULT_DAMAGED, VAULT_FULL, …; then nothing has changed
 */
export function rekeyVault({ file, kek, next }: RekeyOptions): RekeyedVault {
  return guarded(() => {
    const database = openSqlite(file);
    try {
      const work = database.transaction(() => {
        checkKek(database, kek, ensureVaultSchema(database));
        const rekeyed = {
          keys: rewrapKeys(database, kek, next),
          entries: resealEntries(database, kek, next),
        };
        putCheck(database, next);
        return rekeyed;
      });
      const rekeyed = work.immediate();
      truncateWal(database);
      return rekeyed;
    } finally {
      closeSqlite(database);
    }
  });
}

function rewrapKeys(database: SqliteDatabase, kek: Uint8Array, next: Uint8Array): number {
  const [before, after] = [kek, next].map((key) => nodeAead.prepare(derived(key, 'wrap')));
  const page = database.prepare('SELECT name, wrapped FROM keys WHERE name > ? ORDER BY name LIMIT ?');
  const update = database.prepare('UPDATE keys SET wrapped = ? WHERE name = ?');
  let count = 0;
  for (let last = ''; ;) {
    const rows = page.all(last, PAGE) as { name: string; wrapped: Buffer }[];
    for (const { name, wrapped } of rows)
      update.run(after.seal(opened(before, wrapped, name), utf8(name)), name);
    count += rows.length;
    if (rows.length < PAGE) return count;
    last = rows[rows.length - 1].name;
  }
}

function resealEntries(database: SqliteDatabase, kek: Uint8Array, next: Uint8Array): number {
  const [before, after] = [kek, next].map((key) => nodeAead.prepare(derived(key, 'directory')));
  const lookupKey = derived(next, 'lookup');
  const page = database.prepare(
    'SELECT rowid, subject, sealed_external_id AS sealed FROM directory WHERE rowid > ? ORDER BY rowid LIMIT ?',
  );
  const update = database.prepare('UPDATE directory SET lookup = ?, sealed_external_id = ? WHERE rowid = ?');
  let count = 0;
  for (let last = 0; ;) {
    const rows = page.all(last, PAGE) as { rowid: number; subject: string; sealed: Buffer }[];
    for (const { rowid, subject, sealed } of rows) {
      const id = opened(before, sealed, subject);
      update.run(nodeHmacSha256(lookupKey, utf8(fromUtf8(id))), after.seal(id, utf8(subject)), rowid);
    }
    count += rows.length;
    if (rows.length < PAGE) return count;
    last = rows[rows.length - 1].rowid;
  }
}

function opened(aead: AeadKey, box: Buffer, context: string): Buffer {
  const bytes = aead.open(box, utf8(context));
  if (bytes !== undefined) return bytes;
  throw new VaultError('VAULT_DAMAGED', 'something in the vault is not what was put there', {
    facts: { name: context },
    nextStep: 'restore the vault from a backup (lacuna restore), then rotate again',
  });
}
