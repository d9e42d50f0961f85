import { namedEventId, sealingContext, streamNames } from '#libs/messaging';

const TYPE = 'RequestSubmitted';

/** What the scope of a request is sealed to: its RequestSubmitted event. */
export function scopeContext(requestId: string): Uint8Array {
  return contextOf(requestId, TYPE);
}

/** What the recipient of a receipt is sealed to: the same event, and a name of its own, so that no field opens in place of another. */
export function receiptRecipientContext(requestId: string): Uint8Array {
  return contextOf(requestId, `${TYPE}.receiptRecipient`);
}

function contextOf(requestId: string, field: string): Uint8Array {
  return sealingContext(streamNames.request(requestId), namedEventId(TYPE, requestId), field);
}
