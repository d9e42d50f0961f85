import type { RequestKeys } from './key-file.js';

/** Makes the key pair of a receipt, here in the browser; the encryption is loaded only when somebody wants one. */
export async function makeReceiptKeys(): Promise<NonNullable<RequestKeys['receipt']>> {
  const { newIdentity, recipientOf } = await import('#libs/age');
  const identity = await newIdentity();
  return { identity, recipient: await recipientOf(identity) };
}
