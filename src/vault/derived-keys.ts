import { hkdfSync } from 'node:crypto';
import { utf8 } from '#libs/essentials';
import { VaultError } from '#libs/messaging';
import { nodeAead } from '#platform/crypto';
import type { SqliteDatabase } from '#platform/sqlite';

const CHECK_CONTEXT = utf8('lacuna/vault/check/v1');

/** One key a use (HKDF, RFC 5869), so that no two uses meet under one key. */
export function derived(kek: Uint8Array, use: 'wrap' | 'lookup' | 'directory' | 'check'): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', kek, new Uint8Array(0), `lacuna/vault/${use}/v1`, 32));
}

/** A new vault keeps a box that only its KEK opens; an existing one is compared with it. @throws VaultError KEK_WRONG */
export function checkKek(database: SqliteDatabase, kek: Uint8Array, isNew: boolean): void {
  if (isNew) return putCheck(database, kek);
  const box = database.prepare('SELECT box FROM kek_check').pluck().get() as Buffer | undefined;
  if (box === undefined || nodeAead.prepare(derived(kek, 'check')).open(box, CHECK_CONTEXT) === undefined)
    throw new VaultError('KEK_WRONG', 'this key does not open this vault', {
      nextStep: 'use the key that the vault was made with (kek.key or kek.wrapped beside it, or LACUNA_KEK)',
    });
}

/** From now on only this key opens the vault. */
export function putCheck(database: SqliteDatabase, kek: Uint8Array): void {
  const box = nodeAead.prepare(derived(kek, 'check')).seal(new Uint8Array(0), CHECK_CONTEXT);
  database.prepare('INSERT OR REPLACE INTO kek_check VALUES (1, ?)').run(box);
}
