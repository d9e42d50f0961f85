import { CodedError } from '#libs/essentials';
import { sealingContext, type PayloadSealer, type RecordedEvent } from '#libs/messaging';

/**
 * Opens and parses a sealed payload; undefined when its key was destroyed, for then the data is gone by intention.
 * @throws VaultError KEY_UNKNOWN: a key that nobody destroyed is missing, and that is never passed over
 */
export function openUnlessDestroyed(
  sealer: Pick<PayloadSealer, 'open'>,
  keyName: string,
  sealed: string,
  { stream, id, type }: Pick<RecordedEvent, 'stream' | 'id' | 'type'>,
): unknown {
  let plaintext: Uint8Array;
  try {
    plaintext = sealer.open(keyName, sealed, sealingContext(stream, id, type));
  } catch (error) {
    if (error instanceof CodedError && error.code === 'KEY_DESTROYED') return undefined;
    throw error;
  }
  const { buffer, byteOffset, byteLength } = plaintext;
  return JSON.parse(Buffer.from(buffer, byteOffset, byteLength).toString()) as unknown;
}
