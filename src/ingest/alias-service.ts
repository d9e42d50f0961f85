import type { ExternalIdKind, Vault } from '#libs/messaging';
import { rejectionError } from './ingest-error.js';
import type { IngestState } from './ingest-state.js';

export interface Alias {
  readonly alias: string;
  /** Default: `email` when it looks like an address. */
  readonly kind?: ExternalIdKind;
}

/** Lets people be found under several ids: a customer number, the address that mail reaches them at. They live in the vault's directory alone. */
export class AliasService {
  constructor(
    private readonly vault: Pick<Vault, 'findSubject' | 'addAlias' | 'removeAlias'>,
    private readonly state: IngestState,
  ) {}

  /** @throws IngestError SUBJECT_UNKNOWN, SUBJECT_UNDER_ERASURE, FIELD_MISSING; VaultError ALIAS_TAKEN */
  add(externalId: string, { alias, kind }: Alias): void {
    if (alias === '') throw rejectionError({ code: 'FIELD_MISSING', field: 'alias' });
    this.vault.addAlias(this.pseudonymOf(externalId), alias, kind);
  }

  /** @throws IngestError SUBJECT_UNKNOWN, SUBJECT_UNDER_ERASURE; VaultError ALIAS_LAST */
  remove(externalId: string, alias: string): void {
    this.vault.removeAlias(this.pseudonymOf(externalId), alias);
  }

  private pseudonymOf(externalId: string): string {
    const subject = this.vault.findSubject(externalId);
    if (subject === undefined) throw rejectionError({ code: 'SUBJECT_UNKNOWN', field: 'subject' });
    const status = this.state.subjectStatus(subject);
    if (status === 'under-erasure' || status === 'erased')
      throw rejectionError({ code: 'SUBJECT_UNDER_ERASURE', field: 'subject' });
    return subject;
  }
}
