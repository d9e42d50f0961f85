import { isCodedError, type CodedError } from '#libs/essentials';
import { sealingContext, VaultError, type PayloadSealer, type RecordedEvent } from '#libs/messaging';

/**
 * Opens and parses a sealed payload; undefined when its key was destroyed, for then the data is gone by intention.
 * @throws VaultError KEY_UNKNOWN: a key that nobody destroyed is missing, and that is never passed over; PAYLOAD_DAMAGED
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
    if (isCodedError(error) && error.code === 'KEY_DESTROYED') return undefined;
    throw isCodedError(error) && error.code === 'PAYLOAD_DAMAGED' ? damaged(id, error) : error;
  }
  const { buffer, byteOffset, byteLength } = plaintext;
  return JSON.parse(Buffer.from(buffer, byteOffset, byteLength).toString()) as unknown;
}

/** Names the event, by which an operator finds the place; the stream would name a person. */
function damaged(event: string, cause: CodedError): VaultError {
  return new VaultError('PAYLOAD_DAMAGED', cause.message, {
    facts: { event },
    nextStep: cause.nextStep,
    cause,
  });
}
