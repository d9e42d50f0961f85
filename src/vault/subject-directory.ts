import { utf8, fromUtf8 } from '#libs/essentials';
import { VaultError } from '#libs/messaging';
import { nodeHmacSha256, type AeadKey } from '#platform/crypto';
import type { SqliteDatabase } from '#platform/sqlite';

/** External id ↔ pseudonym. The file holds a keyed hash to find the one and a sealed copy to show the other; no plain text. */
export class SubjectDirectory {
  private readonly statements;

  /** @param lookupKey 32 bytes, never used for anything else */
  constructor(
    database: SqliteDatabase,
    private readonly lookupKey: Uint8Array,
    private readonly sealing: AeadKey,
  ) {
    this.statements = prepare(database);
  }

  find(externalId: string): string | undefined {
    return this.statements.find.get(this.lookup(externalId)) as string | undefined;
  }

  add(externalId: string, subject: string): void {
    const sealed = this.sealing.seal(utf8(externalId), utf8(subject));
    this.statements.add.run(this.lookup(externalId), subject, sealed);
  }

  /** @throws VaultError VAULT_DAMAGED */
  externalIdOf(subject: string): string | undefined {
    const sealed = this.statements.sealed.get(subject) as Buffer | undefined;
    if (sealed === undefined) return undefined;
    const externalId = this.sealing.open(sealed, utf8(subject));
    if (externalId === undefined)
      throw new VaultError('VAULT_DAMAGED', 'an entry of the directory is not what was put there', {
        facts: { subject },
      });
    return fromUtf8(externalId);
  }

  remove(subject: string): void {
    this.statements.remove.run(subject);
  }

  private lookup(externalId: string): Uint8Array {
    return nodeHmacSha256(this.lookupKey, utf8(externalId));
  }
}

function prepare(database: SqliteDatabase) {
  return {
    find: database.prepare('SELECT subject FROM directory WHERE lookup = ?').pluck(),
    add: database.prepare('INSERT INTO directory VALUES (?, ?, ?)'),
    sealed: database.prepare('SELECT sealed_external_id FROM directory WHERE subject = ?').pluck(),
    remove: database.prepare('DELETE FROM directory WHERE subject = ?'),
  };
}
