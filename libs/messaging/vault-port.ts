import type { PayloadSealer } from './sealing.js';

/** `email`: mail to it reaches the person. `id`: anything else under which the controller knows them. */
export type ExternalIdKind = 'email' | 'id';

export interface ExternalId {
  readonly externalId: string;
  readonly kind: ExternalIdKind;
}

/**
 * Keys and the directory of pseudonyms; they live outside the log (DESIGN §5). Key names are in libs/contracts (`keyNames`).
 * Synchronous: a key service unwraps one key-encryption key when the vault opens, the rest is local.
 */
export interface Vault extends PayloadSealer {
  /** The pseudonym behind an external id, when that person is enrolled and not erased. */
  findSubject(externalId: string): string | undefined;
  /** Gives each external id a random pseudonym with profile, label and interactions~0 keys, in one durable write; known ids keep theirs. */
  enrolSubjects(
    externalIds: readonly string[],
  ): readonly { readonly externalId: string; readonly subject: string; readonly created: boolean }[];
  /** The ids under which a person is known, the one they were enrolled under first; none for who is not enrolled. */
  externalIdsOf(subject: string): readonly ExternalId[];
  /**
   * Lets an enrolled person be found under another id too. Idempotent.
   * @param kind default: `email` when it looks like an address
   * @throws VaultError SUBJECT_NOT_ENROLLED; ALIAS_TAKEN when it is another person's
   */
  addAlias(subject: string, alias: string, kind?: ExternalIdKind): void;
  /** Idempotent. @throws VaultError ALIAS_LAST when nothing would be left to find the person under */
  removeAlias(subject: string, alias: string): void;
  /** Removes the subject from the directory under every id; afterwards they are a stranger's. Idempotent. */
  forgetSubject(subject: string): void;
  /** Highest generation with a live interactions key. @throws VaultError KEY_UNKNOWN, KEY_DESTROYED */
  currentGeneration(subject: string): number;

  /** Makes a random 32-byte key if there is none; a destroyed name stays destroyed. @throws VaultError KEY_DESTROYED */
  ensureKey(name: string): Uint8Array;
  /** @throws VaultError KEY_UNKNOWN, KEY_DESTROYED */
  key(name: string): Uint8Array;
  keyState(name: string): 'live' | 'destroyed' | 'unknown';
  /** Live keys whose name starts with the prefix, sorted by name. */
  liveKeys(prefix: string): readonly string[];
  /** Overwrites and removes the keys and lists the names as destroyed for ever; durable when it returns; idempotent. @throws VaultError KEY_UNKNOWN */
  destroyKeys(names: readonly string[], destroyedAt: string): void;
  destroyedKeys(prefix: string): readonly { readonly name: string; readonly destroyedAt: string }[];
  close(): void;
}
