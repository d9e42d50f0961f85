import { utf8, fromUtf8 } from '#libs/essentials';
import { VaultError, type ExternalId, type ExternalIdKind } from '#libs/messaging';
import { nodeHmacSha256, type AeadKey } from '#platform/crypto';
import type { SqliteDatabase } from '#platform/sqlite';

interface Entry {
  readonly sealed: Buffer;
  readonly kind: ExternalIdKind | null;
}

const LOOKS_LIKE_AN_ADDRESS = /^[^@\s]+@[^@\s]+$/;

/** External ids ↔ pseudonym. The file holds a keyed hash to find the one and a sealed copy to show the other; no plain text. */
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

  add(externalId: string, subject: string, kind?: ExternalIdKind): void {
    const sealed = this.sealing.seal(utf8(externalId), utf8(subject));
    this.statements.add.run(this.lookup(externalId), subject, sealed, kind ?? null);
  }

  /** @throws VaultError SUBJECT_NOT_ENROLLED, ALIAS_TAKEN */
  addAlias(subject: string, alias: string, kind?: ExternalIdKind): void {
    const owner = this.find(alias);
    if (owner === subject) return;
    if (owner !== undefined)
      throw new VaultError('ALIAS_TAKEN', 'another person is known under that id', {
        nextStep: 'Check both: an id may belong to one person only.',
      });
    if (this.statements.count.get(subject) === 0)
      throw new VaultError('SUBJECT_NOT_ENROLLED', 'nobody is enrolled under that pseudonym');
    this.add(alias, subject, kind);
  }

  /** @throws VaultError ALIAS_LAST */
  removeAlias(subject: string, alias: string): void {
    if (this.find(alias) !== subject) return;
    if (this.statements.count.get(subject) === 1)
      throw new VaultError('ALIAS_LAST', 'the person is known under no other id', {
        nextStep: 'Add another id first; to remove a person, ask for the erasure.',
      });
    this.statements.removeOne.run(this.lookup(alias));
  }

  /** The first one first. @throws VaultError VAULT_DAMAGED */
  externalIdsOf(subject: string): ExternalId[] {
    return (this.statements.entries.all(subject) as Entry[]).map(({ sealed, kind }) => {
      const externalId = this.opened(subject, sealed);
      return { externalId, kind: kind ?? (LOOKS_LIKE_AN_ADDRESS.test(externalId) ? 'email' : 'id') };
    });
  }

  remove(subject: string): void {
    this.statements.remove.run(subject);
  }

  private opened(subject: string, sealed: Buffer): string {
    const externalId = this.sealing.open(sealed, utf8(subject));
    if (externalId !== undefined) return fromUtf8(externalId);
    throw new VaultError('VAULT_DAMAGED', 'an entry of the directory is not what was put there', {
      facts: { subject },
    });
  }

  private lookup(externalId: string): Uint8Array {
    return nodeHmacSha256(this.lookupKey, utf8(externalId));
  }
}

function prepare(database: SqliteDatabase) {
  return {
    find: database.prepare('SELECT subject FROM directory WHERE lookup = ?').pluck(),
    add: database.prepare('INSERT INTO directory VALUES (?, ?, ?, ?)'),
    entries: database.prepare(
      'SELECT sealed_external_id AS sealed, kind FROM directory WHERE subject = ? ORDER BY rowid',
    ),
    count: database.prepare('SELECT count(*) FROM directory WHERE subject = ?').pluck(),
    removeOne: database.prepare('DELETE FROM directory WHERE lookup = ?'),
    remove: database.prepare('DELETE FROM directory WHERE subject = ?'),
  };
}
