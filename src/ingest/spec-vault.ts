import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from 'node:crypto';
import { keyNames } from '#libs/contracts';
import { CodedError } from '#libs/essentials';
import type { Vault } from '#libs/messaging';

class SpecVaultError extends CodedError<'KEY_UNKNOWN' | 'KEY_DESTROYED'> {}

/** A vault for specs that need many fresh ones: real encryption, nothing on disk. */
export class SpecVault implements Vault {
  private readonly keys = new Map<string, Uint8Array>();
  private readonly destroyed = new Map<string, string>();
  private readonly directory = new Map<string, string>();

  findSubject(externalId: string) {
    return this.directory.get(externalId);
  }

  enrolSubjects(externalIds: readonly string[]) {
    return externalIds.map((externalId) => {
      const known = this.directory.get(externalId);
      if (known !== undefined) return { externalId, subject: known, created: false };
      const subject = randomUUID().replaceAll('-', '');
      this.directory.set(externalId, subject);
      for (const name of [
        keyNames.profile(subject),
        keyNames.label(subject),
        keyNames.interactions(subject, 0),
      ])
        this.ensureKey(name);
      return { externalId, subject, created: true };
    });
  }

  forgetSubject(subject: string) {
    for (const [externalId, known] of this.directory)
      if (known === subject) this.directory.delete(externalId);
  }

  currentGeneration(subject: string) {
    const generations = this.liveKeys(`${subject}/interactions~`).map((name) =>
      Number(name.slice(name.lastIndexOf('~') + 1)),
    );
    if (generations.length === 0) throw new SpecVaultError('KEY_DESTROYED', 'no live generation');
    return Math.max(...generations);
  }

  ensureKey(name: string) {
    if (this.destroyed.has(name)) throw new SpecVaultError('KEY_DESTROYED', 'destroyed');
    const key = this.keys.get(name) ?? randomBytes(32);
    this.keys.set(name, key);
    return key;
  }

  key(name: string) {
    const key = this.keys.get(name);
    if (key !== undefined) return key;
    throw new SpecVaultError(this.destroyed.has(name) ? 'KEY_DESTROYED' : 'KEY_UNKNOWN', 'no such key');
  }

  keyState(name: string) {
    if (this.keys.has(name)) return 'live';
    return this.destroyed.has(name) ? 'destroyed' : 'unknown';
  }

  liveKeys(prefix: string) {
    return [...this.keys.keys()].filter((name) => name.startsWith(prefix)).sort();
  }

  destroyKeys(names: readonly string[], destroyedAt: string) {
    for (const name of names) {
      this.keys.delete(name);
      this.destroyed.set(name, destroyedAt);
    }
  }

  destroyedKeys(prefix: string) {
    return [...this.destroyed]
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, destroyedAt]) => ({ name, destroyedAt }));
  }

  seal(keyName: string, plaintext: Uint8Array, context: Uint8Array) {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.key(keyName), nonce).setAAD(context);
    return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]).toString(
      'base64url',
    );
  }

  open(keyName: string, sealed: string, context: Uint8Array) {
    const bytes = Buffer.from(sealed, 'base64url');
    const decipher = createDecipheriv('aes-256-gcm', this.key(keyName), bytes.subarray(0, 12)).setAAD(
      context,
    );
    decipher.setAuthTag(bytes.subarray(-16));
    return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]);
  }

  close() {}
}
