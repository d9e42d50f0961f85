import { randomUUID } from 'node:crypto';
import { keyNames } from '#libs/contracts';
import { VaultError, type ExternalId, type ExternalIdKind, type Vault } from '#libs/messaging';
import { nodeAead } from '#platform/crypto';
import { closeSqlite, openSqlite, truncateWal, type SqliteDatabase } from '#platform/sqlite';
import { checkKek, derived } from './derived-keys.js';
import { JustSealed } from './just-sealed.js';
import { KeyRing } from './key-ring.js';
import { RecentlyUsed } from './recently-used.js';
import { SubjectDirectory } from './subject-directory.js';
import { destroyedKey, guarded, unknownKey } from './vault-errors.js';
import { ensureVaultSchema } from './vault-schema.js';

export interface FileVaultOptions {
  /** `:memory:` for tests. */
  readonly file: string;
  /** 32 bytes; see loadKek. */
  readonly kek: Uint8Array;
  /** A second connection that only opens payloads, of a vault that somebody else keeps. */
  readonly readOnly?: boolean;
}

const SUBJECTS_REMEMBERED = 32_768;

/**
 * Keys and directory in one SQLite file. Whatever changes it is on disk when the call returns; what it destroys is
 * overwritten in the file and in its log.
 *
 * @example
 * const vault = FileVault.open({ file: paths.vault, kek: loadKek({ file: paths.kek, vaultFile: paths.vault }) });
 */
export class FileVault implements Vault {
  private readonly keys: KeyRing;
  private readonly directory: SubjectDirectory;
  private readonly generations = new RecentlyUsed<number>(SUBJECTS_REMEMBERED);
  private readonly subjects = new RecentlyUsed<string>(SUBJECTS_REMEMBERED);
  private readonly justSealed = new JustSealed();

  private constructor(
    private readonly database: SqliteDatabase,
    kek: Uint8Array,
    private readonly isShared: boolean,
  ) {
    this.keys = new KeyRing(database, nodeAead.prepare(derived(kek, 'wrap')));
    const sealing = nodeAead.prepare(derived(kek, 'directory'));
    this.directory = new SubjectDirectory(database, derived(kek, 'lookup'), sealing);
  }

  /** @throws VaultError KEK_WRONG, VAULT_UNAVAILABLE, VAULT_DAMAGED, VAULT_VERSION_UNKNOWN */
  static open({ file, kek, readOnly = false }: FileVaultOptions): FileVault {
    return guarded(() => {
      const database = openSqlite(file, { readOnly });
      try {
        const check = database.transaction(() => checkKek(database, kek, ensureVaultSchema(database)));
        if (readOnly) check.deferred();
        else check.immediate();
        return new FileVault(database, kek, readOnly);
      } catch (error) {
        database.close();
        throw error;
      }
    });
  }

  findSubject(externalId: string): string | undefined {
    return this.run(() => {
      const known = this.subjects.get(externalId);
      if (known !== undefined) return known;
      const subject = this.directory.find(externalId);
      if (subject !== undefined && !this.isShared) this.subjects.set(externalId, subject); // whom another process forgets, nobody tells
      return subject;
    });
  }

  externalIdsOf(subject: string): readonly ExternalId[] {
    return this.run(() => this.directory.externalIdsOf(subject));
  }

  addAlias(subject: string, alias: string, kind?: ExternalIdKind): void {
    this.write(() => this.directory.addAlias(subject, alias, kind));
  }

  removeAlias(subject: string, alias: string): void {
    this.subjects.clear();
    this.write(() => this.directory.removeAlias(subject, alias));
    this.run(() => truncateWal(this.database));
  }

  enrolSubjects(
    externalIds: readonly string[],
  ): readonly { readonly externalId: string; readonly subject: string; readonly created: boolean }[] {
    return this.write(() =>
      externalIds.map((externalId) => {
        const known = this.directory.find(externalId);
        if (known !== undefined) return { externalId, subject: known, created: false };
        const subject = randomUUID().replaceAll('-', '');
        this.directory.add(externalId, subject);
        for (const name of [
          keyNames.profile(subject),
          keyNames.label(subject),
          keyNames.interactions(subject, 0),
        ])
          this.keys.ensure(name);
        return { externalId, subject, created: true };
      }),
    );
  }

  forgetSubject(subject: string): void {
    this.subjects.clear();
    this.write(() => this.directory.remove(subject));
    this.run(() => truncateWal(this.database));
  }

  currentGeneration(subject: string): number {
    const known = this.generations.get(subject);
    if (known !== undefined) return known;
    const prefix = keyNames.interactions(subject, 0).slice(0, -1);
    const live = this.run(() => this.keys.names(prefix)).map((name) => Number(name.slice(prefix.length)));
    if (live.length === 0)
      throw this.destroyedKeys(prefix).length > 0 ? destroyedKey(prefix) : unknownKey(prefix);
    const generation = Math.max(...live);
    this.generations.set(subject, generation);
    return generation;
  }

  ensureKey(name: string): Uint8Array {
    this.generations.clear();
    return copyOf(this.write(() => this.keys.ensure(name)).bytes);
  }

  key(name: string): Uint8Array {
    return copyOf(this.run(() => this.keys.live(name)).bytes);
  }

  keyState(name: string): 'live' | 'destroyed' | 'unknown' {
    return this.run(() => this.keys.state(name));
  }

  liveKeys(prefix: string): readonly string[] {
    return this.run(() => this.keys.names(prefix));
  }

  destroyKeys(names: readonly string[], destroyedAt: string): void {
    this.write(() => {
      for (const name of names) this.keys.destroy(name, destroyedAt);
    });
    for (const name of names) this.keys.forget(name);
    this.generations.clear();
    this.justSealed.clear();
    this.run(() => truncateWal(this.database));
  }

  destroyedKeys(prefix: string): readonly { readonly name: string; readonly destroyedAt: string }[] {
    return this.run(() => this.keys.destroyed(prefix));
  }

  seal(keyName: string, plaintext: Uint8Array, context: Uint8Array): string {
    return this.run(() => {
      const sealed = this.keys.live(keyName).aead.seal(plaintext, context).toString('base64url');
      this.justSealed.remember(sealed, { keyName, context, plaintext });
      return sealed;
    });
  }

  open(keyName: string, sealed: string, context: Uint8Array): Uint8Array {
    const plaintext = this.run(() => {
      const { aead } = this.keys.live(keyName);
      return (
        this.justSealed.take(sealed, keyName, context) ?? aead.open(Buffer.from(sealed, 'base64url'), context)
      );
    });
    if (plaintext !== undefined) return plaintext;
    throw new VaultError('PAYLOAD_DAMAGED', 'the payload is not what was sealed for this event', {
      facts: { key: keyName },
      nextStep: 'restore the events from a backup; the store was changed by something other than Lacuna',
    });
  }

  close(): void {
    closeSqlite(this.database);
    this.keys.forgetAll();
    this.generations.clear();
    this.subjects.clear();
    this.justSealed.clear();
  }

  private run<T>(work: () => T): T {
    if (!this.database.open) throw new VaultError('VAULT_CLOSED', 'the vault has been closed');
    return guarded(work);
  }

  private write<T>(work: () => T): T {
    return this.run(() => {
      try {
        return this.database.transaction(work).immediate();
      } catch (error) {
        this.keys.forgetAll(); // may hold keys of the transaction that was rolled back
        throw error;
      }
    });
  }
}

function copyOf(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(bytes);
}
