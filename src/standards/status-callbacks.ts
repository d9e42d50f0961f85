import { keyNames } from '#libs/contracts';
import type { RequestState } from '#libs/erasure';
import { parseStrictJson } from '#libs/essentials';
import { namedEventId, streamNames, type EventStore, type Subscription } from '#libs/messaging';
import type { OutboundHttp } from '#platform/outbound';
import { WEBHOOK_SCHEDULE, type Carrier, type Courier, type Outbox } from '#platform/outbox';
import type { DataRights } from './data-rights.js';
import { openDsrStatusOf, type OpenDsr } from './open-dsr.js';
import type { ProtocolRequests } from './ports.js';
import type { StandardsBook } from './standards-book.js';

export const CALLBACK_QUEUE = 'callbacks';

interface Callback {
  readonly url: string;
  readonly protocol: 'opendsr' | 'drp';
  readonly body: string;
}

export interface StatusCallbacksParts {
  readonly store: EventStore;
  readonly outbox: Outbox;
  readonly courier: Pick<Courier, 'wake'>;
  readonly requests: Pick<ProtocolRequests, 'find'>;
  readonly book: StandardsBook;
  readonly openDsr: Pick<OpenDsr, 'callbackBody'>;
  readonly dataRights: Pick<DataRights, 'statusOf'>;
}

/** Tells whoever sent a request over a protocol of every change of its status, once each (OpenDSR 2.0 §8.5, DRP 1.0 §2.03). */
export class StatusCallbacks {
  private readonly subscription: Subscription;

  constructor(private readonly parts: StatusCallbacksParts) {
    this.subscription = parts.store.subscribe({
      filter: { streamPrefixes: [streamNames.prefixes.request] },
      handle: async (events) => {
        const changed = new Set(events.map(({ data }) => (data as { requestId: string }).requestId));
        for (const requestId of changed) this.tell(requestId);
      },
    });
    this.subscription.done.catch(() => {}); // told to whoever awaits caughtUp
  }

  /** Resolves when everything so far is in the outbox. */
  caughtUp(): Promise<void> {
    return this.subscription.caughtUp();
  }

  stop(): Promise<void> {
    return this.subscription.stop();
  }

  /** The outbox takes a parcel of one id once, also when it was delivered since: the log may be read again and again. */
  private tell(requestId: string): void {
    const { outbox, courier, requests, book } = this.parts;
    const received = book.find(requestId);
    const state = requests.find(requestId);
    if (received === undefined || state === undefined) return;
    for (const url of received.callbacks) {
      const { status, body } = this.said(state, url, received);
      const id = namedEventId('StatusCallback', requestId, url, status);
      const content = JSON.stringify({ url, protocol: received.protocol, body } satisfies Callback);
      const named = { id, queue: CALLBACK_QUEUE, reference: requestId, destination: received.party };
      outbox.put({ ...named, keyName: keyNames.standards, content });
    }
    if (received.callbacks.length > 0) courier.wake();
  }

  private said(
    state: RequestState,
    url: string,
    { protocol, theirId }: { readonly protocol: Callback['protocol']; readonly theirId?: string },
  ): { readonly status: string; readonly body: string } {
    if (protocol === 'opendsr')
      return { status: openDsrStatusOf(state), body: this.parts.openDsr.callbackBody(state, url) };
    const status = this.parts.dataRights.statusOf(state, theirId);
    return { status: `${status.status} ${status.expected_by}`, body: JSON.stringify(status) };
  }
}

/** Carries callbacks; those of OpenDSR are signed. */
export function callbackCarrier(
  http: Pick<OutboundHttp, 'post'>,
  openDsr: Pick<OpenDsr, 'headersFor'>,
): Carrier {
  return {
    schedule: WEBHOOK_SCHEDULE,
    trace: true,
    async carry(_, content, signal) {
      const { url, protocol, body } = parseStrictJson(content) as unknown as Callback;
      const headers =
        protocol === 'opendsr' ? openDsr.headersFor(body) : { 'content-type': 'application/json' };
      const answer = await http.post({ url, headers, body, signal });
      if ('failure' in answer) return { outcome: 'failed', code: answer.failure };
      const isTaken = answer.status >= 200 && answer.status < 300;
      return isTaken ? { outcome: 'delivered' } : { outcome: 'failed', code: `HTTP_${answer.status}` };
    },
  };
}
