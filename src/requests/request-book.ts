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
        facts: { requestId },
        nextStep: 'List the requests: `lacuna requests`, or GET /v1/requests.',
      });
    return state;
  }

  find(requestId: string): RequestState | undefined {
    return this.states.get(requestId);
  }

  all(): RequestState[] {
    return [...this.states.values()];
  }

  withStatus<Status extends RequestStatus>(status: Status): RequestIn<Status>[] {
    return this.all().filter((state): state is RequestIn<Status> => state.status === status);
  }

  /** A request may be assigned anew; everything else happens to it once. */
  private distinction(event: RequestEvent): string[] {
    const isAssignedAnew =
      event.type === 'RebuildAssigned' && this.find(event.data.requestId)?.status === 'assigned';
    return isAssignedAnew ? [String(event.data.rebuildId)] : [];
  }

  private apply(event: RequestEvent): void {
    const { requestId } = event.data;
    const state = evolveRequest(this.states.get(requestId), event);
    if (state !== undefined) this.states.set(requestId, state);
  }
}
