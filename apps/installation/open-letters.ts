import { LetterDesk, type Correspondence } from '#stages/letters';
import type { RecipientNotices, RequestBook } from '#stages/requests';
import type { Deliveries } from './open-outbox.js';
import type { Stores } from './open-stores.js';

/** Letters about requests, to the mail address that the directory has of a person. */
export function openLetters(
  { store, vault, settings, now }: Stores,
  { outbox, courier }: Deliveries,
  book: RequestBook,
  notices: Pick<RecipientNotices, 'recipientsOf'>,
): Promise<LetterDesk> {
  const correspondence: Correspondence = {
    request: (requestId) => book.get(requestId),
    addressOf: (subject) => vault.externalIdsOf(subject).find(({ kind }) => kind === 'email')?.externalId,
    recipients: (requestId) => notices.recipientsOf(requestId).length,
  };
  const { authority, dpoAddress, locale = 'en', consent } = settings;
  const words = { controller: consent.controller, authority, dpoAddress, locale };
  return LetterDesk.open({ store, vault, outbox, courier, correspondence, settings: words, now });
}
