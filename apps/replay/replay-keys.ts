import type { OpenedReplayKeys } from './opened-replay-keys.js';

/** Where the keys of a replay are: in a file that an operator handed over, or still in the vault of the installation. */
export type ReplayKeySource =
  | { readonly kind: 'file'; readonly file: string }
  | { readonly kind: 'vault'; readonly file: string; readonly kek: Uint8Array };

/** Loads what opens the source, and nothing of the other: an auditor has no vault. @throws ReplayError; VaultError */
export async function openReplayKeys(source: ReplayKeySource): Promise<OpenedReplayKeys> {
  if (source.kind === 'file') {
    const { ReplayKeyFile } = await import('./replay-key-file.js');
    return ReplayKeyFile.read(source.file);
  }
  const { ReplayVaultKeys } = await import('./replay-vault-keys.js');
  return ReplayVaultKeys.open(source);
}
