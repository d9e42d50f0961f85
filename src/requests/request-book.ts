import type { RequestEvent } from '#libs/contracts';
import {
  ErasureError,
  evolveRequest,
  type RequestIn,
  type RequestState,
  type RequestStatus,
} from '#libs/erasure';
import { namedEventId, streamNames, type EventStore } from '#libs/messaging';

/** All requests as their events tell them, kept in memory; opened from the store, then written through. */
export class RequestBook {
  private readonly states = new Map<string, RequestState>();
  private readonly bySubject = new Map<string, Set<string>>();
  private readonly listeners = new Set<(state: RequestState) => void>();

  private constructor(private readonly store: EventStore) {}

  static async open(store: EventStore): Promise<RequestBook> {
    const book = new RequestBook(store);
    for await (const event of store.readAll({ filter: { streamPrefixes: [streamNames.prefixes.request] } }))
      book.apply(event as unknown as RequestEvent);
    return book;
  }

  /** Records an event of a request, once. */
  async record(event: RequestEvent): Promise<RequestState> {
    const { requestId } = event.data;
    const id = namedEventId(event.type, requestId, ...this.distinction(event));
    await this.store.append(streamNames.request(requestId), [{ id, ...event }]);
    this.apply(event);
    return this.get(requestId);
  }

  /** @throws ErasureError REQUEST_UNKNOWN */
  get(requestId: string): RequestState {
    const state = this.find(requestId);
    if (state === undefined)
      throw new ErasureError('REQUEST_UNKNOWN', 'there is no request of that id', {
        nextStep: 'List the requests: `lacuna requests`, or GET /v1/requests.', // what was asked for may be anything that somebody typed
      });
    return state;
  }

  find(requestId: string): RequestState | undefined {
    return this.states.get(requestId);
  }

  all(): RequestState[] {
    return [...this.states.values()];
  }

  /** All requests about one person, oldest first. */
  ofSubject(subject: string): RequestState[] {
    return [...(this.bySubject.get(subject) ?? [])].map((requestId) => this.get(requestId));
  }

  /** Calls back after every change of a request. @returns ends it */
  onChange(listener: (state: RequestState) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  withStatus<Status extends RequestStatus>(status: Status): RequestIn<Status>[] {
    return this.all().filter((state): state is RequestIn<Status> => state.status === status);
  }

  /** Tells what may happen to a request more than once from its repetition; everything else happens once. */
  private distinction(event: RequestEvent): string[] {
    switch (event.type) {
      case 'RebuildAssigned': {
        const isAssignedAnew = this.find(event.data.requestId)?.status === 'assigned';
        return isAssignedAnew ? [String(event.data.rebuildId)] : [];
      }
      case 'RequestApproved':
        return [event.data.by, event.data.approvedAt];
      case 'CategoriesRefused':
        return [event.data.by, event.data.refusedAt];
      case 'IdentityDoubted':
        return [event.data.doubtedAt];
      case 'IdentitySettled':
        return [event.data.settledAt];
      case 'EscalationRaised':
        return [event.data.light];
      case 'RecipientNotified':
      case 'RecipientAcknowledged':
      case 'RecipientGivenUp':
        return [event.data.recipientId];
      default:
        return [];
    }
  }

  private apply(event: RequestEvent): void {
    const { requestId } = event.data;
    const before = this.states.get(requestId);
    const state = evolveRequest(before, event);
    if (state === undefined || state === before) return;
    this.states.set(requestId, state);
    if (before === undefined)
      this.bySubject.set(state.subject, (this.bySubject.get(state.subject) ?? new Set()).add(requestId));
    for (const listener of this.listeners) listener(state);
  }
}
