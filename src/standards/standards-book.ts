import { keyNames, type DataOf } from '#libs/contracts';
import { fromUtf8, utf8 } from '#libs/essentials';
import { namedEventId, sealingContext, streamNames, type EventStore, type Vault } from '#libs/messaging';
import { requestUnknown } from './standards-error.js';

export type Protocol = DataOf<'StandardRequestReceived'>['protocol'];

/** How somebody wants to hear of a request. */
export interface Contact {
  readonly callbacks: readonly string[];
  /** Their own number of the request. */
  readonly theirId?: string;
}

interface Received extends Contact {
  readonly protocol: Protocol;
  readonly party: string;
}

const TYPE = 'StandardRequestReceived';

/** Which requests came over which protocol, and from whom. */
export class StandardsBook {
  private readonly received = new Map<string, Received>();

  private constructor(
    private readonly store: EventStore,
    private readonly vault: Vault,
    private readonly now: () => string,
  ) {}

  static async open(store: EventStore, vault: Vault, now: () => string): Promise<StandardsBook> {
    const book = new StandardsBook(store, vault, now);
    vault.ensureKey(keyNames.standards);
    for await (const { data } of store.readAll({
      filter: { streamPrefixes: [streamNames.prefixes.standard] },
    }))
      book.apply(data as DataOf<typeof TYPE>);
    return book;
  }

  /** Notes where a request came from, before it is filed. Once. */
  async note(requestId: string, protocol: Protocol, party: string, contact: Contact): Promise<void> {
    if (this.received.has(requestId)) return;
    const sealed = this.vault.seal(keyNames.standards, utf8(JSON.stringify(contact)), contextOf(requestId));
    const data = { requestId, protocol, party, sealed, receivedAt: this.now() };
    await this.store.append(streamNames.standard(requestId), [
      { id: namedEventId(TYPE, requestId), type: TYPE, data },
    ]);
    this.apply(data);
  }

  find(requestId: string): Received | undefined {
    return this.received.get(requestId);
  }

  /** @throws StandardsError STANDARD_REQUEST_UNKNOWN also for a request of another protocol or party */
  get(requestId: string, protocol: Protocol, party: string): Received {
    const known = this.received.get(requestId);
    if (known?.protocol === protocol && known.party === party) return known;
    throw requestUnknown();
  }

  private apply({ requestId, protocol, party, sealed }: DataOf<typeof TYPE>): void {
    const contact = JSON.parse(
      fromUtf8(this.vault.open(keyNames.standards, sealed, contextOf(requestId))),
    ) as Contact;
    this.received.set(requestId, { ...contact, protocol, party });
  }
}

function contextOf(requestId: string): Uint8Array {
  return sealingContext(streamNames.standard(requestId), namedEventId(TYPE, requestId), TYPE);
}
