import { keyNames, type RequestScope, type Sealed } from '#libs/contracts';
import type { RequestState } from '#libs/erasure';
import { fromUtf8 } from '#libs/essentials';
import { namedEventId, sealingContext, streamNames, type Vault } from '#libs/messaging';

const TYPE = 'RequestSubmitted';

/** What the scope of a request is sealed to: its RequestSubmitted event. */
export function scopeContext(requestId: string): Uint8Array {
  return contextOf(requestId, TYPE);
}

/** What the recipient of a receipt is sealed to: the same event, and a name of its own, so that no field opens in place of another. */
export function receiptRecipientContext(requestId: string): Uint8Array {
  return contextOf(requestId, `${TYPE}.receiptRecipient`);
}

/** What the words of a person are sealed to who asks for a correction. */
export function statementContext(requestId: string): Uint8Array {
  return contextOf(requestId, `${TYPE}.statement`);
}

type Opening = Pick<Vault, 'keyState' | 'open'>;

/** What a request is about; undefined where it names nothing; empty of somebody who was erased since. */
export function scopeOf(
  vault: Opening,
  { requestId, subject, scope }: RequestState,
): RequestScope | undefined {
  if (scope === undefined) return undefined;
  const text = openedField(vault, subject, scope, scopeContext(requestId));
  return text === undefined ? {} : (JSON.parse(text) as RequestScope);
}

/** The person's words; undefined where there are none, or the person was erased since. */
export function statementOf(
  vault: Opening,
  { requestId, subject, statement }: RequestState,
): string | undefined {
  return statement && openedField(vault, subject, statement, statementContext(requestId));
}

/** The recipient of the receipt; undefined where none was asked for, or the person was erased since. */
export function recipientOf(
  vault: Opening,
  { requestId, subject, receiptRecipient }: RequestState,
): string | undefined {
  return (
    receiptRecipient && openedField(vault, subject, receiptRecipient, receiptRecipientContext(requestId))
  );
}

function openedField(
  vault: Opening,
  subject: string,
  sealed: Sealed,
  context: Uint8Array,
): string | undefined {
  const name = keyNames.profile(subject);
  return vault.keyState(name) === 'live' ? fromUtf8(vault.open(name, sealed, context)) : undefined;
}

function contextOf(requestId: string, field: string): Uint8Array {
  return sealingContext(streamNames.request(requestId), namedEventId(TYPE, requestId), field);
}
