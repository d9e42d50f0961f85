import type { PayloadSealer } from './sealing.js';

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
  /** Removes the subject from the directory; afterwards the external id is a stranger's. Idempotent. */
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
