import { keyNames } from '#libs/contracts';
import { VaultError } from '#libs/messaging';
import { VerificationError } from '#libs/verification';
import { FileVault } from '#stages/vault';
import type { OpenedReplayKeys } from './opened-replay-keys.js';

/**
 * Keys as they are in the vault, which is only read: nothing has to be written down in the clear for a replay in the house. A key that is
 * destroyed meanwhile is missing, as it would be in an export that is made then.
 */
export class ReplayVaultKeys implements OpenedReplayKeys {
  private readonly labelKeys = new Map<string, Uint8Array | undefined>();

  private constructor(private readonly vault: FileVault) {}

  /** @throws VaultError */
  static open({ file, kek }: { readonly file: string; readonly kek: Uint8Array }): ReplayVaultKeys {
    return new ReplayVaultKeys(FileVault.open({ file, kek, readOnly: true }));
  }

  labelKey(subject: string): Uint8Array | undefined {
    if (!this.labelKeys.has(subject)) this.labelKeys.set(subject, this.find(keyNames.label(subject)));
    return this.labelKeys.get(subject);
  }

  partitionKey(line: string): Uint8Array {
    const name = keyNames.partition(line);
    const key = this.find(name);
    if (key === undefined) throw missing(name);
    return key;
  }

  open(keyName: string, sealed: string, context: Uint8Array): Uint8Array {
    try {
      return this.vault.open(keyName, sealed, context);
    } catch (error) {
      if (error instanceof VaultError && error.code === 'PAYLOAD_DAMAGED')
        throw new VerificationError('REPLAY_PAYLOAD_DAMAGED', 'an event does not open under its key');
      if (error instanceof VaultError && ['KEY_DESTROYED', 'KEY_UNKNOWN'].includes(error.code))
        throw missing(keyName);
      throw error;
    }
  }

  close(): void {
    this.vault.close();
  }

  private find(name: string): Uint8Array | undefined {
    return this.vault.keyState(name) === 'live' ? this.vault.key(name) : undefined;
  }
}

function missing(key: string): VerificationError {
  return new VerificationError('REPLAY_KEY_MISSING', 'the vault lacks a key that the events need', {
    facts: { key },
    nextStep: 'Try again: a person may have been erased while the events were read.',
  });
}
