import {
  decryptStreamWith,
  decryptStreamWithPassphrase,
  encryptStreamTo,
  encryptStreamWithPassphrase,
  newIdentity,
  recipientOf,
  type Identity,
  type Recipient,
} from '#libs/age';

type Stream = AsyncIterable<Uint8Array>;

/** For whom a backup is sealed. */
export type BackupLock =
  | { readonly kind: 'recipients'; readonly recipients: readonly Recipient[] }
  | { readonly kind: 'passphrase'; readonly passphrase: string };

/** What opens a backup. */
export type BackupKey =
  | { readonly kind: 'identity'; readonly identity: Identity }
  | { readonly kind: 'passphrase'; readonly passphrase: string };

export interface Sealing {
  seal(plaintext: Stream): Stream;
  /** Reads back what was sealed. */
  open(file: Stream): Stream;
}

/**
 * Seals in the age format, so that it can be read back at once: for recipients a key is added that exists in this process only and is
 * forgotten with it.
 */
export async function sealingFor(lock: BackupLock): Promise<Sealing> {
  if (lock.kind === 'passphrase')
    return {
      seal: (plaintext) => encryptStreamWithPassphrase(lock.passphrase, plaintext),
      open: (file) => openedWith(lock, file),
    };
  const identity = await newIdentity();
  const recipients = [...lock.recipients, await recipientOf(identity)];
  return {
    seal: (plaintext) => encryptStreamTo(recipients, plaintext),
    open: (file) => openedWith({ kind: 'identity', identity }, file),
  };
}

/** @throws AgeError AGE_FILE_OF_ANOTHER, AGE_PASSPHRASE_WRONG, AGE_FILE_MALFORMED */
export function openedWith(key: BackupKey, file: Stream): Stream {
  return key.kind === 'identity'
    ? decryptStreamWith(key.identity, file)
    : decryptStreamWithPassphrase(key.passphrase, file);
}
