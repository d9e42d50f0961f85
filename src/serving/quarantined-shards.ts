import type { RequestEvent } from '#libs/contracts';
import { fromBase64Url } from '#libs/essentials';
import { streamNames, type EventStore, type RecordedEvent, type Subscription } from '#libs/messaging';
import type { Partition } from '#libs/sharding';

/** Each comes after the publication of the rebuilt version and the revocation of the old one. */
const UNLEARNED = [
  'RecordsUnlearned',
  'ProcessingRestricted',
  'RecordsErased',
] as const satisfies readonly RequestEvent['type'][];

interface Quarantine {
  readonly subject: string;
  readonly labels: readonly string[];
}

/** Which shards still carry the influence of records that are being unlearned, as the requests' events tell it. */
export class QuarantinedShards {
  private readonly open = new Map<string, Quarantine>();
  private readonly subscription: Subscription;
  private changes = 0;

  constructor(store: EventStore) {
    this.subscription = store.subscribe({
      filter: {
        streamPrefixes: [streamNames.prefixes.request],
        types: ['RecordsQuarantined', 'RecordsReleased', ...UNLEARNED],
      },
      handle: async (events) => events.forEach((event) => this.apply(event)),
    });
    this.subscription.done.catch(() => {}); // a failure surfaces in caughtUp, which every recommendation awaits
  }

  caughtUp(): Promise<void> {
    return this.subscription.caughtUp();
  }

  of(partition: Partition): Set<number> {
    const shards = new Set<number>();
    for (const { subject, labels } of this.open.values())
      for (const label of labels) shards.add(partition.shardOf({ subject, label: fromBase64Url(label) }));
    return shards;
  }

  /** Rises whenever records are put out of use or erased. */
  revision(): number {
    return this.changes;
  }

  stop(): Promise<void> {
    return this.subscription.stop();
  }

  private apply(recorded: RecordedEvent): void {
    const event = recorded as unknown as RequestEvent;
    this.changes++;
    if (event.type === 'RecordsQuarantined') this.open.set(event.data.requestId, event.data);
    else this.open.delete(event.data.requestId);
  }
}
