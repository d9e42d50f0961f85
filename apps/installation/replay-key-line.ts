import { toBase64Url } from '#libs/essentials';
import type { Vault } from '#libs/messaging';

/** A line of `replay-keys.jsonl`. @throws VaultError KEY_DESTROYED, KEY_UNKNOWN */
export function replayKeyLine(vault: Pick<Vault, 'key'>, name: string): string {
  return `${JSON.stringify({ name, key: toBase64Url(vault.key(name)) })}\n`;
}
