import { keyNames } from '#libs/contracts';
import { namedEventId, type Vault } from '#libs/messaging';
import type { DeliveryView } from '#libs/portal-contract';
import type { Courier, Outbox, Parcel } from '#platform/outbox';
import { noticeBody, NOTICED_KINDS, type NoticedKind } from './notice.js';
import type { NoticedPeople, NoticedRequest } from './ports.js';
import type { RecipientRegistry } from './recipient-registry.js';

export const NOTICE_QUEUE = 'recipients';

export interface RecipientNoticesParts {
  readonly registry: RecipientRegistry;
  readonly outbox: Outbox;
  readonly courier: Pick<Courier, 'wake'>;
  readonly vault: Vault;
  readonly people: NoticedPeople;
  readonly now: () => string;
}

/**
 * Tells recipients what became of the data they were given (GDPR Art. 19). What they are told is sealed before anything is destroyed, for
 * afterwards nobody here knows the person any more; the key goes when everything was told.
 */
export class RecipientNotices {
  constructor(private readonly parts: RecipientNoticesParts) {}

  /** Seals the notices of a request, one a recipient, and sends none yet. May be repeated until something is destroyed. */
  async prepare({ requestId, subject, kind }: NoticedRequest): Promise<void> {
    const { registry, outbox, vault, people, now } = this.parts;
    const recipients = registry.enabled();
    const externalIds = people.externalIdsOf(subject);
    if (!isNoticed(kind) || recipients.length === 0 || externalIds.length === 0) return;
    const keyName = keyNames.notices(requestId);
    if (vault.keyState(keyName) === 'destroyed') return; // everything was told
    vault.ensureKey(keyName);
    const scope = people.scopeOf(requestId);
    for (const recipientId of recipients) {
      const id = namedEventId('RecipientNotice', requestId, recipientId);
      const content = noticeBody({ deliveryId: id, requestId, kind, externalIds, scope, decidedAt: now() });
      const named = { id, queue: NOTICE_QUEUE, reference: requestId, destination: recipientId };
      outbox.put({ ...named, keyName, content, held: true });
    }
  }

  /** Who is, or was, to be told. */
  recipientsOf(requestId: string): readonly string[] {
    return this.about(requestId).map(({ destination }) => destination);
  }

  /** Their names, as certificates list them. */
  groupsOf(requestId: string): readonly string[] {
    const names = this.recipientsOf(requestId).map((id) => this.parts.registry.nameOf(id) ?? id);
    return [...new Set(names)].sort();
  }

  /** How many recipients there are now. */
  enabled(): number {
    return this.parts.registry.enabled().length;
  }

  /** Sends what was prepared; resolves when it will be sent whatever happens to this process. */
  async release(requestId: string): Promise<void> {
    this.parts.outbox.release(NOTICE_QUEUE, requestId);
    this.parts.courier.wake();
  }

  /** Newest first. */
  deliveries(): DeliveryView[] {
    return this.parts.outbox.ofQueue(NOTICE_QUEUE).map(describeDelivery);
  }

  private about(requestId: string): Parcel[] {
    return this.parts.outbox.about(requestId).filter(({ queue }) => queue === NOTICE_QUEUE);
  }
}

function isNoticed(kind: string): kind is NoticedKind {
  return NOTICED_KINDS.some((noticed) => noticed === kind);
}

function describeDelivery(parcel: Parcel): DeliveryView {
  const { id, destination, reference, attempts, state, nextAttemptAt, lastCode } = parcel;
  return {
    deliveryId: id,
    recipientId: destination,
    requestId: reference,
    attempts,
    state: state === 'held' ? 'waiting' : state,
    ...(nextAttemptAt !== null && { nextAttemptAt: new Date(nextAttemptAt).toISOString() }),
    ...(lastCode !== null && { lastCode }),
  };
}
