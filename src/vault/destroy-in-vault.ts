import { randomBytes } from 'node:crypto';
import { closeSqlite, openSqlite, truncateWal } from '#platform/sqlite';
import { guarded } from './vault-errors.js';
import { ensureVaultSchema } from './vault-schema.js';

export interface VaultDestruction {
  readonly keys: readonly string[];
  /** A person who is erased: every key of theirs goes, also one that is not listed, and so do the entries of the directory. */
  readonly person?: string;
  /** ISO 8601. */
  readonly destroyedAt: string;
}

/** Whether all of these keys are listed as destroyed, and none is there. */
export function areDestroyed(file: string, names: readonly string[]): boolean {
  return guarded(() => {
    const database = openSqlite(file, { readOnly: true });
    try {
      const isListed = database
        .prepare(
          'SELECT EXISTS (SELECT 1 FROM destroyed_keys WHERE name = $name) AND NOT EXISTS (SELECT 1 FROM keys WHERE name = $name)',
        )
        .pluck();
      return names.every((name) => isListed.get({ name }) === 1);
    } finally {
      database.close();
    }
  });
}

const KEY_LENGTH = 32;

/**
 * Repeats destructions in a vault without opening it, so that it needs no key-encryption key: listed keys are overwritten and listed as
 * destroyed, also those that this vault never had. Durable when it returns; idempotent.
 */
export function destroyInVault(file: string, destructions: readonly VaultDestruction[]): void {
  guarded(() => {
    const database = openSqlite(file);
    try {
      ensureVaultSchema(database);
      const ofPerson = database.prepare('SELECT name FROM keys WHERE name >= ? AND name < ?').pluck();
      const overwrite = database.prepare('UPDATE keys SET wrapped = ? WHERE name = ?');
      const remove = database.prepare('DELETE FROM keys WHERE name = ?');
      const list = database.prepare('INSERT OR IGNORE INTO destroyed_keys VALUES (?, ?)');
      const forget = database.prepare('DELETE FROM directory WHERE subject = ?');
      const repeat = database.transaction(({ keys, person, destroyedAt }: VaultDestruction) => {
        const others = person === undefined ? [] : (ofPerson.all(`${person}/`, `${person}0`) as string[]); // '0' follows '/'
        for (const name of new Set([...keys, ...others])) {
          overwrite.run(randomBytes(KEY_LENGTH), name);
          remove.run(name);
          list.run(name, destroyedAt);
        }
        if (person !== undefined) forget.run(person);
      });
      for (const destruction of destructions) repeat.immediate(destruction);
      truncateWal(database);
    } finally {
      closeSqlite(database);
    }
  });
}
