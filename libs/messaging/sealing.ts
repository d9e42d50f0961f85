import { utf8 } from '#libs/essentials';

/** Encrypts and opens personal payloads under one subject's keys; src/vault implements it. */
export interface PayloadSealer {
  /** base64url of nonce ‖ ciphertext ‖ tag (AES-256-GCM). */
  seal(keyName: string, plaintext: Uint8Array, context: Uint8Array): string;
  /** @throws VaultError KEY_DESTROYED, KEY_UNKNOWN, PAYLOAD_DAMAGED */
  open(keyName: string, sealed: string, context: Uint8Array): Uint8Array;
}

/** The AAD of a sealed payload: it opens only as this event of this stream (DESIGN §5). */
export function sealingContext(stream: string, eventId: string, type: string): Uint8Array {
  // What JSON need not escape is put together by hand: three times as fast, on the path of every record.
  const plain = NEEDS_NO_ESCAPE.test(stream) && NEEDS_NO_ESCAPE.test(eventId) && NEEDS_NO_ESCAPE.test(type);
  return utf8(plain ? `["${stream}","${eventId}","${type}"]` : JSON.stringify([stream, eventId, type]));
}

const NEEDS_NO_ESCAPE = /^[\w~.:-]*$/;
