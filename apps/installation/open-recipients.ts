import {
  Acknowledgements,
  NOTICE_QUEUE,
  noticeCarrier,
  RecipientNotices,
  RecipientRegistry,
  type NoticedPeople,
  type RecipientTold,
} from '#stages/recipients';
import { OutboundHttp } from '#platform/outbound';
import type { Deliveries } from './open-outbox.js';
import type { Stores } from './open-stores.js';

/** Who is told what became of the data they were given. */
export interface Recipients {
  readonly registry: RecipientRegistry;
  readonly notices: RecipientNotices;
  readonly acknowledgements: Acknowledgements;
}

/** @param told hears what became of notices; nothing is sent before the courier starts */
export async function openRecipients(
  { store, vault, settings, now, clock }: Stores,
  { outbox, courier, carry }: Deliveries,
  people: NoticedPeople,
  told: RecipientTold,
): Promise<Recipients> {
  const policy = settings.recipients ?? {};
  const milliseconds = (): number => clock().getTime();
  const registry = await RecipientRegistry.open(store, vault, policy, now);
  const carrier = noticeCarrier(registry, new OutboundHttp({ policy }), told, milliseconds);
  carry(NOTICE_QUEUE, carrier);
  return {
    registry,
    notices: new RecipientNotices({ registry, outbox, courier, vault, people, now }),
    acknowledgements: new Acknowledgements(registry, outbox, told, milliseconds),
  };
}
