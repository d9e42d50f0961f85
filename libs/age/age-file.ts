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
  try {
    return await decrypterOf(identity).decrypt(file);
  } catch (cause) {
    throw refused(cause);
  }
}

/** As `encryptTo`, for what is larger than memory; each of the recipients can open it. */
export async function* encryptStreamTo(
  recipients: Recipient | readonly Recipient[],
  plaintext: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const encrypter = new Encrypter();
  for (const recipient of [recipients].flat()) encrypter.addRecipient(recipient);
  yield* piecesOf(await encrypter.encrypt(streamOf(plaintext)));
}

/** As `encryptStreamTo`, for whoever knows the passphrase (scrypt, work factor 2^18: about a second for each try). */
export async function* encryptStreamWithPassphrase(
  passphrase: string,
  plaintext: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const encrypter = new Encrypter();
  encrypter.setPassphrase(passphrase);
  yield* piecesOf(await encrypter.encrypt(streamOf(plaintext)));
}

/** @throws AgeError AGE_PASSPHRASE_WRONG, AGE_FILE_MALFORMED */
export async function* decryptStreamWithPassphrase(
  passphrase: string,
  file: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const decrypter = new Decrypter();
  decrypter.addPassphrase(passphrase);
  try {
    yield* piecesOf(await decrypter.decrypt(streamOf(file)));
  } catch (cause) {
    const refusal = refused(cause);
    if (refusal.code !== 'AGE_FILE_OF_ANOTHER') throw refusal;
    throw new AgeError('AGE_PASSPHRASE_WRONG', 'the passphrase does not open the file', {
      nextStep: 'Name the file with the passphrase that it was made with, or the identity it was made for.',
    });
  }
}

/**
 * As `decryptWith`, for what is larger than memory. Every piece is what was encrypted, in its order; but only when the last one has come
 * is it known that none is missing.
 *
 * @throws AgeError AGE_FILE_OF_ANOTHER, AGE_FILE_MALFORMED
 */
export async function* decryptStreamWith(
  identity: Identity,
  file: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    yield* piecesOf(await decrypterOf(identity).decrypt(streamOf(file)));
  } catch (cause) {
    throw refused(cause);
  }
}

function decrypterOf(identity: Identity): Decrypter {
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  return decrypter;
}

function refused(cause: unknown): AgeError {
  if (cause instanceof Error && cause.message.startsWith('no identity matched'))
    return new AgeError('AGE_FILE_OF_ANOTHER', 'the file is encrypted to another key', {
      nextStep: 'Name the identity file whose public key was given when the file was asked for.',
    });
  return new AgeError('AGE_FILE_MALFORMED', 'the file is not a whole age file', {
    nextStep: 'Fetch the file again: it was cut short or changed on its way.',
    cause,
  });
}

function streamOf(pieces: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const source = pieces[Symbol.asyncIterator]();
  return new ReadableStream({
    pull: async (controller) => {
      const next = await source.next();
      if (next.done === true) controller.close();
      else controller.enqueue(next.value);
    },
    cancel: async () => {
      await source.return?.();
    },
  });
}

async function* piecesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    await reader.cancel().catch(() => undefined); // lets go of the source when nobody reads on; an error was thrown already
  }
}
