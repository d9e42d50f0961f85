import { VaultError } from '#libs/messaging';
import { sqliteFailureOf } from '#platform/sqlite';

/** Runs something on the vault's database; its failures come out as VaultError. */
export function guarded<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw asVaultError(error);
  }
}

function asVaultError(cause: unknown): unknown {
  const failure = sqliteFailureOf(cause);
  switch (failure) {
    case 'full':
      return new VaultError('VAULT_FULL', 'there is no room for the keys; nothing was written', {
        nextStep: 'free disk space, then repeat what you did',
        cause,
      });
    case 'read-only':
      return new VaultError('VAULT_READ_ONLY', 'the vault may not be written', {
        nextStep: 'check who may write the file',
        cause,
      });
    case 'damaged':
      return new VaultError('VAULT_DAMAGED', 'the file is not a sound vault', {
        nextStep: 'restore the vault from a backup, and replay the destructions since then before it is used',
        cause,
      });
    case 'unavailable':
      return new VaultError('VAULT_UNAVAILABLE', 'the file of the vault cannot be reached', {
        nextStep: 'check that the folder exists and is mounted, and that no other process holds the file',
        cause,
      });
    case undefined:
      return cause;
  }
}

export function unknownKey(name: string): VaultError {
  return new VaultError('KEY_UNKNOWN', 'no key of that name was ever made', {
    facts: { key: name },
    nextStep: 'check that this vault belongs to these events',
  });
}

export function destroyedKey(name: string): VaultError {
  return new VaultError('KEY_DESTROYED', 'the key was destroyed, and what it sealed is gone', {
    facts: { key: name },
  });
}
