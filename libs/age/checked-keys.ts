/** `age1…`: an X25519 public key that was checked; only `parseRecipient` and `recipientOf` make one. */
export type Recipient = string & { readonly kind: 'age recipient' };
/** `AGE-SECRET-KEY-1…`: an X25519 private key that was checked; only `parseIdentity` and `newIdentity` make one. */
export type Identity = string & { readonly kind: 'age identity' };
