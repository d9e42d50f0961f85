import { keyNames, type DataOf, type RecipientEvent } from '#libs/contracts';
import { fromUtf8, utf8 } from '#libs/essentials';
import {
  namedEventId,
  refuseUnknownEvent,
  sealingContext,
  streamNames,
  type EventStore,
  type Vault,
} from '#libs/messaging';
import type { CreatedRecipient, RecipientView } from '#libs/portal-contract';
import {
  formatPublicKey,
  formatSecret,
  parseWebhookKey,
  type SigningKey,
  type VerifyingKey,
} from '#libs/webhooks';
import { nodeSignerFromSeed } from '#platform/crypto';
import { checkOutboundUrl, type OutboundPolicy } from '#platform/outbound';
import { RecipientsError } from './recipients-error.js';

/** What a recipient is added as. */
export interface NewRecipient {
  readonly recipientId: string;
  /** As certificates name it: letters, digits, `.`, `_`, `~`, `-`. */
  readonly name: string;
  readonly url: string;
  readonly signing: 'hmac-sha256' | 'ed25519';
  /** `whpk_…`, so that a recipient without a shared secret can sign acknowledgements. */
  readonly acknowledgementKey?: string;
}

interface Recipient {
  readonly data: DataOf<'RecipientRegistered'>;
  readonly state: 'enabled' | 'disabled' | 'removed';
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._~-]{0,127}$/; // what a certificate takes as a name

/** Who is told of erasures, as the events tell it; kept in memory. */
export class RecipientRegistry {
  private readonly recipients = new Map<string, Recipient>();

  private constructor(
    private readonly store: EventStore,
    private readonly vault: Vault,
    private readonly policy: OutboundPolicy,
    private readonly now: () => string,
  ) {}

  static async open(
    store: EventStore,
    vault: Vault,
    policy: OutboundPolicy,
    now: () => string,
  ): Promise<RecipientRegistry> {
    const registry = new RecipientRegistry(store, vault, policy, now);
    const filter = { streamPrefixes: [streamNames.prefixes.recipient] };
    for await (const event of store.readAll({ filter })) registry.apply(event as unknown as RecipientEvent);
    return registry;
  }

  /**
   * Adds a recipient. What comes back is shown once: the secret both share, or the public key that checks what we sign.
   * @throws RecipientsError RECIPIENT_NAME_…; OutboundError OUTBOUND_…; WebhookError WEBHOOK_KEY_MALFORMED
   */
  async add({
    recipientId,
    name,
    url,
    signing,
    acknowledgementKey,
  }: NewRecipient): Promise<CreatedRecipient> {
    this.checkName(name);
    checkOutboundUrl(url, this.policy);
    if (acknowledgementKey !== undefined) parseWebhookKey(acknowledgementKey);
    const secret = this.vault.ensureKey(keyNames.recipientSigning(recipientId));
    const sealed = this.sealUrl(recipientId, url);
    await this.record({
      type: 'RecipientRegistered',
      data: {
        recipientId,
        name,
        signing,
        url: sealed,
        ...(acknowledgementKey !== undefined && { acknowledgementKey }),
        registeredAt: this.now(),
      },
    });
    return {
      recipient: this.describe(this.get(recipientId)),
      ...(signing === 'hmac-sha256'
        ? { secret: formatSecret(secret) }
        : { publicKey: formatPublicKey(nodeSignerFromSeed(secret).publicKey) }),
    };
  }

  /** Nothing is sent to it any more, and its keys are destroyed. @throws RecipientsError RECIPIENT_UNKNOWN */
  async remove(recipientId: string): Promise<void> {
    this.get(recipientId);
    const removedAt = this.now();
    await this.record({ type: 'RecipientRemoved', data: { recipientId, removedAt } });
    const keys = [keyNames.recipientSigning(recipientId), keyNames.recipientUrl(recipientId)];
    this.vault.destroyKeys(keys, removedAt);
  }

  /** It wants nothing any more. Idempotent. */
  async disable(recipientId: string): Promise<void> {
    if (this.recipients.get(recipientId)?.state !== 'enabled') return;
    await this.record({ type: 'RecipientDisabled', data: { recipientId, disabledAt: this.now() } });
  }

  /** Those who are to be told of what happens now. */
  enabled(): string[] {
    return [...this.recipients].filter(([, { state }]) => state === 'enabled').map(([id]) => id);
  }

  list(): RecipientView[] {
    return [...this.recipients.values()]
      .filter(({ state }) => state !== 'removed')
      .map((recipient) => this.describe(recipient));
  }

  /** Also of one that was removed since. */
  nameOf(recipientId: string): string | undefined {
    return this.recipients.get(recipientId)?.data.name;
  }

  /** Where and how to send; undefined for one that was removed. */
  target(recipientId: string): { readonly url: string; readonly key: SigningKey } | undefined {
    const recipient = this.recipients.get(recipientId);
    if (recipient === undefined || recipient.state === 'removed') return undefined;
    const { signing } = recipient.data;
    const secret = this.vault.key(keyNames.recipientSigning(recipientId));
    const key: SigningKey =
      signing === 'hmac-sha256'
        ? { kind: signing, secret }
        : { kind: signing, signer: nodeSignerFromSeed(secret) };
    return { url: this.urlOf(recipient), key };
  }

  /** What checks an acknowledgement of a recipient; undefined when it cannot sign any. */
  acknowledgementKey(recipientId: string): VerifyingKey | undefined {
    const recipient = this.recipients.get(recipientId);
    if (recipient === undefined || recipient.state === 'removed') return undefined;
    const { signing, acknowledgementKey } = recipient.data;
    if (acknowledgementKey !== undefined) return parseWebhookKey(acknowledgementKey);
    if (signing === 'ed25519') return undefined;
    return { kind: signing, secret: this.vault.key(keyNames.recipientSigning(recipientId)) };
  }

  private get(recipientId: string): Recipient {
    const recipient = this.recipients.get(recipientId);
    if (recipient !== undefined && recipient.state !== 'removed') return recipient;
    throw new RecipientsError('RECIPIENT_UNKNOWN', 'there is no recipient of that id', {
      facts: { recipientId },
      nextStep: 'List the recipients: `lacuna recipients list`, or GET /v1/recipients.',
    });
  }

  private checkName(name: string): void {
    if (!NAME.test(name))
      throw new RecipientsError(
        'RECIPIENT_NAME_MALFORMED',
        'certificates cannot name a recipient like that',
        {
          nextStep: 'Take letters, digits, dots, hyphens and underscores, such as mail-provider.',
        },
      );
    if (this.list().some((recipient) => recipient.name === name))
      throw new RecipientsError('RECIPIENT_NAME_TAKEN', 'there is a recipient of that name', {
        facts: { name },
        nextStep: 'Remove the other one first, or give this one a name of its own.',
      });
  }

  private describe(recipient: Recipient): RecipientView {
    const { recipientId, name, signing } = recipient.data;
    const { host } = new URL(this.urlOf(recipient));
    return { recipientId, name, host, signing, disabled: recipient.state === 'disabled' };
  }

  private sealUrl(recipientId: string, url: string): string {
    const keyName = keyNames.recipientUrl(recipientId);
    this.vault.ensureKey(keyName);
    return this.vault.seal(keyName, utf8(url), urlContext(recipientId));
  }

  private urlOf({ data: { recipientId, url } }: Recipient): string {
    return fromUtf8(this.vault.open(keyNames.recipientUrl(recipientId), url, urlContext(recipientId)));
  }

  private async record(event: RecipientEvent): Promise<void> {
    const { recipientId } = event.data;
    const id = namedEventId(event.type, recipientId);
    await this.store.append(streamNames.recipient(recipientId), [{ id, ...event }]);
    this.apply(event);
  }

  private apply(event: RecipientEvent): void {
    const { recipientId } = event.data;
    const known = this.recipients.get(recipientId);
    switch (event.type) {
      case 'RecipientRegistered':
        if (known === undefined) this.recipients.set(recipientId, { data: event.data, state: 'enabled' });
        return;
      case 'RecipientDisabled':
        if (known?.state === 'enabled') this.recipients.set(recipientId, { ...known, state: 'disabled' });
        return;
      case 'RecipientRemoved':
        if (known !== undefined) this.recipients.set(recipientId, { ...known, state: 'removed' });
        return;
      default:
        return refuseUnknownEvent(event);
    }
  }
}

function urlContext(recipientId: string): Uint8Array {
  const type = 'RecipientRegistered';
  return sealingContext(streamNames.recipient(recipientId), namedEventId(type, recipientId), type);
}
