import type { EventFilter, RecordedEvent } from '#libs/messaging';

/** A run of events after a position, as subscriptions read it. */
export interface Page {
  readonly events: readonly RecordedEvent[];
  /** Everything up to here has been looked at. */
  readonly position: bigint;
}

/** What a store offers to its subscriptions; one that is elsewhere needs time for it. */
export interface PageSource {
  /**
   * At most `limit` events after the position; when no more pass the filter, `position` is the head of the store.
   *
   * @param stopping aborted when nobody waits for the page any more
   */
  pageAfter(
    position: bigint,
    filter: EventFilter | undefined,
    limit: number,
    stopping: AbortSignal,
  ): Page | Promise<Page>;
  headPosition(): bigint | Promise<bigint>;
}

/** Events one by one out of pages, until a page is empty. Errors of the first page come with the first event, not before. */
export async function* eventsOf(
  nextPage: () => readonly RecordedEvent[],
): AsyncGenerator<RecordedEvent, void, undefined> {
  for (let page = nextPage(); page.length > 0; page = nextPage()) for (const event of page) yield event;
}
