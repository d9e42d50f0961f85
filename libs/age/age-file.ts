import { Decrypter, Encrypter } from 'age-encryption';
import { AgeError } from './age-error.js';
import type { Identity, Recipient } from './checked-keys.js';

/**
 * Encrypts a file (age-encryption.org/v1) so that the recipient alone can read it. Each call gives other bytes, and none of them tells who
 * the recipient is.
 */
export function encryptTo(recipient: Recipient, plaintext: Uint8Array): Promise<Uint8Array> {
  const encrypter = new Encrypter();
  encrypter.addRecipient(recipient);
  return encrypter.encrypt(plaintext);
}

/**
 * Opens a file that was encrypted to an identity; a file that was changed or cut short anywhere is refused as a whole.
 *
 * @throws AgeError AGE_FILE_OF_ANOTHER, AGE_FILE_MALFORMED
 */
export async function decryptWith(identity: Identity, file: Uint8Array): Promise<Uint8Array> {
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  try {
    return await decrypter.decrypt(file);
  } catch (cause) {
    if (cause instanceof Error && cause.message.startsWith('no identity matched'))
      throw new AgeError('AGE_FILE_OF_ANOTHER', 'the file is encrypted to another key', {
        nextStep: 'Name the identity file whose public key was given with the request.',
      });
    throw new AgeError('AGE_FILE_MALFORMED', 'the file is not a whole age file', {
      nextStep: 'Fetch the file again: it was cut short or changed on its way.',
      cause,
    });
  }
}
