import type { CatalogueEvent, DataOf, RequestEvent, SubjectEvent } from '#libs/contracts';
import { keyNames } from '#libs/contracts';
import { assertNever, CodedError, fromUtf8 } from '#libs/essentials';
import {
  sealingContext,
  subjectOfStream,
  type EventStore,
  type PayloadSealer,
  type RecordedEvent,
  type Subscription,
} from '#libs/messaging';
import { DeletedRecords, type PersonsDeletions } from './deleted-records.js';
import type {
  CataloguedItem,
  CatalogueState,
  EntryKind,
  IngestState,
  ItemStatus,
  SubjectStatus,
} from './ingest-state.js';

type Followed =
  | CatalogueEvent
  | SubjectEvent
  | Extract<
      RequestEvent,
      { readonly type: 'RequestAccepted' | 'RecordsQuarantined' | 'RecordsReleased' | 'RecordsErased' }
    >;

const FOLLOWED: Readonly<Record<Followed['type'], true>> = {
  ItemCatalogued: true,
  ItemWithdrawn: true,
  SubjectEnrolled: true,
  ConsentGranted: true,
  ConsentWithdrawn: true,
  RequestAccepted: true,
  RecordsQuarantined: true,
  RecordsReleased: true,
  RecordsErased: true,
};

/**
 * The fold of catalogue, consent and erasure events, kept in memory by following the event store from its beginning; it does not
 * read interactions. Losing it loses nothing. When following fails every question throws that error: a state that has missed an
 * erasure must not admit anything.
 */
export class EventSourcedIngestState implements IngestState, CatalogueState {
  private readonly items = new Map<string, CataloguedItem & { readonly withdrawn: boolean }>();
  private readonly subjects = new Map<string, 'active' | 'erased'>();
  /** What holds back everything of a person, by person and request. */
  private readonly withheld = new Map<string, Map<string, 'erasure' | 'restriction'>>();
  private readonly consents = new Map<string, Set<string>>();
  private readonly deletedRecords = new DeletedRecords();
  private readonly subscription: Subscription;
  private failure: unknown;

  /** Starts to follow at once; await `caughtUp()` before the first question. */
  constructor(
    store: EventStore,
    private readonly sealer: PayloadSealer,
  ) {
    this.subscription = store.subscribe({
      filter: { types: Object.keys(FOLLOWED) },
      handle: async (events) => events.forEach((event) => this.apply(event)),
    });
    this.subscription.done.catch((error: unknown) => (this.failure = error));
  }

  item(item: string, kind: EntryKind = 'item'): ItemStatus {
    this.refuseStale();
    const known = this.items.get(item);
    if (known === undefined) return 'unknown';
    if ((known.kind ?? 'item') !== kind) return 'of-another-kind';
    return known.withdrawn ? 'withdrawn' : 'active';
  }

  catalogued(item: string): CataloguedItem | undefined {
    return this.items.get(item);
  }

  subjectStatus(subject: string): SubjectStatus {
    this.refuseStale();
    const status = this.subjects.get(subject);
    const reasons = new Set(this.withheld.get(subject)?.values());
    if (status === undefined || status === 'erased') return status ?? 'unknown';
    if (reasons.has('erasure')) return 'under-erasure';
    return reasons.has('restriction') ? 'restricted' : 'active';
  }

  hasConsent(subject: string, purpose: string): boolean {
    const isWithheld = (this.withheld.get(subject)?.size ?? 0) > 0;
    this.refuseStale();
    return !isWithheld && (this.consents.get(subject)?.has(purpose) ?? false);
  }

  deletionsOf(subject: string): PersonsDeletions | undefined {
    this.refuseStale();
    return this.deletedRecords.of(subject);
  }

  caughtUp(): Promise<void> {
    return this.subscription.caughtUp();
  }

  stop(): Promise<void> {
    return this.subscription.stop();
  }

  private refuseStale(): void {
    if (this.failure !== undefined) throw this.failure as Error;
  }

  private apply(recorded: RecordedEvent): void {
    const event = recorded as unknown as Followed;
    switch (event.type) {
      case 'ItemCatalogued':
        this.items.set(event.data.item, { ...event.data, withdrawn: false });
        break;
      case 'ItemWithdrawn':
        this.withdrawItem(event.data.item);
        break;
      case 'SubjectEnrolled':
        this.subjects.set(event.data.subject, 'active');
        break;
      case 'ConsentGranted':
        this.changeConsent(recorded, event.data.sealed, (purposes, purpose) => purposes.add(purpose));
        break;
      case 'ConsentWithdrawn':
        this.changeConsent(recorded, event.data.sealed, (purposes, purpose) => purposes.delete(purpose));
        break;
      case 'RequestAccepted':
        this.deletedRecords.accept(event.data);
        break;
      case 'RecordsQuarantined':
        this.quarantine(event.data);
        break;
      case 'RecordsReleased':
        this.release(event.data);
        break;
      case 'RecordsErased':
        this.erase(event.data);
        break;
      default:
        assertNever(event);
    }
  }

  private withdrawItem(item: string): void {
    const known = this.items.get(item);
    if (known !== undefined) this.items.set(item, { ...known, withdrawn: true });
  }

  private changeConsent(
    { stream, id, type }: RecordedEvent,
    sealed: string,
    change: (purposes: Set<string>, purpose: string) => void,
  ): void {
    const subject = subjectOfStream(stream);
    const payload = this.openUnlessErased(subject, sealed, sealingContext(stream, id, type));
    if (payload === undefined) return;
    const purposes = this.consents.get(subject) ?? new Set();
    change(purposes, (JSON.parse(fromUtf8(payload)) as { purpose: string }).purpose);
    this.consents.set(subject, purposes);
  }

  private openUnlessErased(subject: string, sealed: string, context: Uint8Array): Uint8Array | undefined {
    try {
      return this.sealer.open(keyNames.profile(subject), sealed, context);
    } catch (error) {
      if (error instanceof CodedError && error.code === 'KEY_DESTROYED') return undefined;
      throw error;
    }
  }

  private quarantine(quarantined: DataOf<'RecordsQuarantined'>): void {
    const { requestId, subject, kind } = quarantined;
    if (kind === 'erasure' || kind === 'restriction') {
      const reasons = this.withheld.get(subject) ?? new Map<string, 'erasure' | 'restriction'>();
      this.withheld.set(subject, reasons.set(requestId, kind));
    }
    this.deletedRecords.quarantine(quarantined);
  }

  private release({ requestId, subject }: DataOf<'RecordsReleased'>): void {
    this.withheld.get(subject)?.delete(requestId);
    this.deletedRecords.release(requestId, subject);
  }

  private erase(erased: DataOf<'RecordsErased'>): void {
    if (erased.generation === null) {
      this.subjects.set(erased.subject, 'erased');
      this.consents.delete(erased.subject);
      this.withheld.delete(erased.subject);
    }
    this.deletedRecords.erase(erased);
  }
}
