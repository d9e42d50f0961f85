import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { AgeError } from './age-error.js';
import { encryptTo } from './age-file.js';
import type { Identity, Recipient } from './checked-keys.js';

// Bech32 (BIP 173) of 32 bytes: 52 characters and a checksum of 6.
const RECIPIENT = /^age1[02-9ac-hj-np-z]{58}$/;
const IDENTITY = /^AGE-SECRET-KEY-1[02-9AC-HJ-NP-Z]{58}$/;

/**
 * Reads a native X25519 recipient (C2SP age, "The X25519 recipient type"). It is chosen by whoever makes a request. Post-quantum, tag and plugin
 * recipients are refused, since not every age can open them, and so are points of low order, for which there is no secret.
 *
 * @throws AgeError RECIPIENT_NOT_X25519
 */
export async function parseRecipient(text: string): Promise<Recipient> {
  try {
    if (!RECIPIENT.test(text)) throw new TypeError('not of the form of a native recipient');
    await encryptTo(text as Recipient, new Uint8Array(0)); // checks the checksum and that a secret can be agreed on
    return text as Recipient;
  } catch (cause) {
    throw new AgeError('RECIPIENT_NOT_X25519', 'this is not a native X25519 recipient of age', {
      nextStep: 'Give the public key that age-keygen prints: age1 and 58 more characters.',
      cause,
    });
  }
}

/**
 * Reads an identity file as age-keygen writes it: one key, comments behind #.
 *
 * @throws AgeError IDENTITY_MALFORMED
 */
export async function parseIdentity(file: string): Promise<Identity> {
  const [identity, ...others] = file.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#'));
  try {
    if (others.length > 0 || !IDENTITY.test(identity)) throw new TypeError('not one native identity');
    await identityToRecipient(identity);
    return identity as Identity;
  } catch {
    // without the cause: it could quote the key
    throw new AgeError('IDENTITY_MALFORMED', 'the file does not hold one X25519 identity of age', {
      nextStep: 'Name the file that age-keygen made; one of its lines begins with AGE-SECRET-KEY-1.',
    });
  }
}

/** A new random identity. */
export async function newIdentity(): Promise<Identity> {
  return (await generateX25519Identity()) as Identity;
}

/** The public key of an identity. */
export async function recipientOf(identity: Identity): Promise<Recipient> {
  return (await identityToRecipient(identity)) as Recipient;
}
