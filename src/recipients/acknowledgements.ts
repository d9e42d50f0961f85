import { isCodedError, parseStrictJson } from '#libs/essentials';
import { verifyWebhook, type WebhookHeaders } from '#libs/webhooks';
import { nodeVerifySignature } from '#platform/crypto';
import type { Outbox, Parcel } from '#platform/outbox';
import { ACKNOWLEDGED_TYPE } from './notice.js';
import type { RecipientTold } from './ports.js';
import { NOTICE_QUEUE } from './recipient-notices.js';
import type { RecipientRegistry } from './recipient-registry.js';
import { RecipientsError } from './recipients-error.js';

/** Takes what recipients report later: that they have done what they were told. */
export class Acknowledgements {
  constructor(
    private readonly registry: RecipientRegistry,
    private readonly outbox: Outbox,
    private readonly told: RecipientTold,
    /** Milliseconds since the epoch. */
    private readonly now: () => number,
  ) {}

  /**
   * Notes an acknowledgement; repeating it changes nothing. Whoever cannot sign for the recipient learns nothing, not even whether there is
   * such a delivery.
   *
   * @param body exactly as it came
   * @throws RecipientsError ACKNOWLEDGEMENT_INVALID
   */
  async receive(headers: Partial<WebhookHeaders>, body: string): Promise<void> {
    const parcel = this.parcelOf(body);
    const key = parcel && this.registry.acknowledgementKey(parcel.destination);
    if (parcel === undefined || key === undefined) throw invalid();
    try {
      verifyWebhook(headers, body, key, this.now() / 1000, nodeVerifySignature);
    } catch (cause) {
      throw isCodedError(cause) ? invalid(cause) : cause;
    }
    if (parcel.state === 'held' || parcel.state === 'given-up') throw invalid();
    await this.told({
      requestId: parcel.reference,
      recipientId: parcel.destination,
      outcome: 'acknowledged',
    });
    this.outbox.acknowledge(parcel.id);
  }

  private parcelOf(body: string): Parcel | undefined {
    const deliveryId = deliveryNamed(body);
    const parcel = deliveryId === undefined ? undefined : this.outbox.find(deliveryId);
    return parcel?.queue === NOTICE_QUEUE ? parcel : undefined;
  }
}

/** The delivery that the body names; it is believed only once the signature holds. */
function deliveryNamed(body: string): string | undefined {
  try {
    const { type, data } = parseStrictJson(body, { maxLength: 4_096 }) as {
      type?: unknown;
      data?: { deliveryId?: unknown } | null;
    };
    const deliveryId = data?.deliveryId;
    return type === ACKNOWLEDGED_TYPE && typeof deliveryId === 'string' ? deliveryId : undefined;
  } catch (cause) {
    if (!isCodedError(cause) && !(cause instanceof TypeError)) throw cause;
    return undefined;
  }
}

function invalid(cause?: unknown): RecipientsError {
  return new RecipientsError('ACKNOWLEDGEMENT_INVALID', 'the acknowledgement is not one of that recipient', {
    cause,
    nextStep:
      'Sign the body as it is sent with the secret of the recipient (Standard Webhooks 1.0), not longer than five minutes ago.',
  });
}
