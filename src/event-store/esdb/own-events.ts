import type { EventFilter, RecordedEvent } from '#libs/messaging';
import { passes } from '../event-filter.js';

/** Streams and types of the events that this adapter writes for itself begin with this; nobody else sees them. */
export const INTERNAL_PREFIX = 'lacuna-';

/** Where it writes whose the store is. */
export const OWNER = 'lacuna-owner';

/** Where it writes what was carried over from a file, and how far. */
export const CARRIED = 'lacuna-carried';

/** Where it writes which streams were tombstoned. */
export const TOMBSTONES = 'lacuna-tombstones';

/** Whether a stream is the server's, or this adapter's own. */
export function isInternal(stream: string): boolean {
  return stream.startsWith('$') || stream.startsWith(INTERNAL_PREFIX);
}

/** Whether an event is one that somebody appended through the port, and the filter lets it pass. */
export function concerns(
  filter: EventFilter | undefined,
  event: Pick<RecordedEvent, 'type' | 'stream'>,
): boolean {
  const { type, stream } = event;
  if (isInternal(stream) || type.startsWith('$')) return false;
  return passes(filter, event);
}
