import type { EventFilter, RecordedEvent } from '#libs/messaging';
import { passes } from '../event-filter.js';

/** Types of the events that this adapter writes for itself begin with this; nobody else sees them. */
export const INTERNAL_PREFIX = 'lacuna-';

/** Where it writes which streams were tombstoned. */
export const TOMBSTONES = 'lacuna-tombstones';

/** Whether an event is one that somebody appended through the port, and the filter lets it pass. */
export function concerns(
  filter: EventFilter | undefined,
  event: Pick<RecordedEvent, 'type' | 'stream'>,
): boolean {
  const { type, stream } = event;
  if (type.startsWith('$') || stream.startsWith('$') || stream === TOMBSTONES) return false;
  return passes(filter, event);
}
