import { randomBytes } from 'node:crypto';
import { utf8 } from '#libs/essentials';
import { VaultError } from '#libs/messaging';
import { nodeAead, type AeadKey } from '#platform/crypto';
import type { SqliteDatabase } from '#platform/sqlite';
import { RecentlyUsed } from './recently-used.js';
import { destroyedKey, unknownKey } from './vault-errors.js';

interface LiveKey {
  readonly bytes: Uint8Array;
  readonly aead: AeadKey;
}

const KEY_LENGTH = 32;
const KEYS_REMEMBERED = 32_768;

/** The keys of a vault: wrapped in the file with the name as associated data, unwrapped in memory while they are in use. */
export class KeyRing {
  private readonly statements;
  private readonly recent = new RecentlyUsed<LiveKey>(KEYS_REMEMBERED);

  constructor(
    database: SqliteDatabase,
    private readonly wrapping: AeadKey,
  ) {
    this.statements = prepare(database);
  }

  /** @throws VaultError KEY_UNKNOWN, KEY_DESTROYED, VAULT_DAMAGED */
  live(name: string): LiveKey {
    const key = this.find(name);
    if (key !== undefined) return key;
    throw this.isDestroyed(name) ? destroyedKey(name) : unknownKey(name);
  }

  /** @throws VaultError KEY_DESTROYED */
  ensure(name: string): LiveKey {
    const known = this.find(name);
    if (known !== undefined) return known;
    if (this.isDestroyed(name)) throw destroyedKey(name);
    const bytes = randomBytes(KEY_LENGTH);
    this.statements.insert.run(name, this.wrapping.seal(bytes, utf8(name)));
    return this.remember(name, bytes);
  }

  state(name: string): 'live' | 'destroyed' | 'unknown' {
    if (this.find(name) !== undefined) return 'live';
    return this.isDestroyed(name) ? 'destroyed' : 'unknown';
  }

  names(prefix: string): string[] {
    return this.statements.names.all(...range(prefix)) as string[];
  }

  destroyed(prefix: string): { name: string; destroyedAt: string }[] {
    return this.statements.destroyed.all(...range(prefix)) as { name: string; destroyedAt: string }[];
  }

  /** Inside the caller's transaction. @throws VaultError KEY_UNKNOWN */
  destroy(name: string, destroyedAt: string): void {
    if (this.isDestroyed(name)) return;
    const { changes } = this.statements.overwrite.run(randomBytes(KEY_LENGTH), name);
    if (changes === 0) throw unknownKey(name);
    this.statements.remove.run(name);
    this.statements.list.run(name, destroyedAt);
  }

  /** Wipes a key from memory. */
  forget(name: string): void {
    this.recent.get(name)?.bytes.fill(0);
    this.recent.delete(name);
  }

  forgetAll(): void {
    this.recent.clear();
  }

  private find(name: string): LiveKey | undefined {
    const known = this.recent.get(name);
    if (known !== undefined) return known;
    const wrapped = this.statements.wrapped.get(name) as Buffer | undefined;
    return wrapped && this.remember(name, this.unwrap(name, wrapped));
  }

  private unwrap(name: string, wrapped: Buffer): Buffer {
    const bytes = this.wrapping.open(wrapped, utf8(name));
    if (bytes !== undefined) return bytes;
    throw new VaultError('VAULT_DAMAGED', 'a key in the vault is not what was put there', {
      facts: { key: name },
      nextStep: 'restore the vault from a backup, and replay the destructions since then before it is used',
    });
  }

  private remember(name: string, bytes: Uint8Array): LiveKey {
    const key = { bytes, aead: nodeAead.prepare(bytes) };
    this.recent.set(name, key);
    return key;
  }

  private isDestroyed(name: string): boolean {
    return this.statements.isDestroyed.get(name) !== undefined;
  }
}

/** Names that start with the prefix, as bounds that an index can use. */
function range(prefix: string): [from: string, below: string] {
  return [prefix, `${prefix}\u{10ffff}`];
}

function prepare(database: SqliteDatabase) {
  return {
    wrapped: database.prepare('SELECT wrapped FROM keys WHERE name = ?').pluck(),
    insert: database.prepare('INSERT INTO keys VALUES (?, ?)'),
    overwrite: database.prepare('UPDATE keys SET wrapped = ? WHERE name = ?'),
    remove: database.prepare('DELETE FROM keys WHERE name = ?'),
    list: database.prepare('INSERT INTO destroyed_keys VALUES (?, ?)'),
    isDestroyed: database.prepare('SELECT 1 FROM destroyed_keys WHERE name = ?'),
    names: database.prepare('SELECT name FROM keys WHERE name >= ? AND name < ? ORDER BY name').pluck(),
    destroyed: database.prepare(
      `SELECT name, destroyed_at AS destroyedAt FROM destroyed_keys WHERE name >= ? AND name < ? ORDER BY name`,
    ),
  };
}
