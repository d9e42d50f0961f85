import { createHash, randomBytes } from 'node:crypto';
import { utf8 } from '#libs/essentials';
import type { Vault } from '#libs/messaging';
import { nodeHmacSha256 } from '#platform/crypto';

const TOKEN_BYTES = 32;

/** 256 random bits, base64url: what a session, a set-up link or a visitor is known by. */
export const newToken = (): string => randomBytes(TOKEN_BYTES).toString('base64url');

/** What is kept of a token. It is random, so its plain hash tells nothing. */
export const hashOfToken = (token: string): Buffer => createHash('sha256').update(token).digest();

/** What a keyed hash is for; each has a key of its own in the vault. */
export type KeyedUse = 'user' | 'provider' | 'address' | 'code' | 'link' | 'csrf';

/** Hashes what could be guessed, such as a user name or a six-digit code, under keys that are not in the file the hashes are in. */
export class KeyedHashes {
  constructor(private readonly vault: Pick<Vault, 'ensureKey'>) {}

  of(use: KeyedUse, text: string): Buffer {
    this.keys[use] ??= this.vault.ensureKey(`access/${use}`);
    return Buffer.from(nodeHmacSha256(this.keys[use], utf8(text)));
  }

  private readonly keys: Partial<Record<KeyedUse, Uint8Array>> = {};
}
