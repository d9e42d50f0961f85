import { EventStoreError } from './event-store-error.js';
import type { RecordedEvent } from './event-store.js';

/**
 * Ends a switch over the events of a stream: a new type that nobody handles fails to compile here, and one that a newer release has
 * written is refused when it is read, for what it means cannot be guessed.
 * @throws EventStoreError EVENT_TYPE_UNKNOWN
 */
export function refuseUnknownEvent(event: never): never {
  const { type, stream, position } = event as Partial<RecordedEvent>;
  throw new EventStoreError('EVENT_TYPE_UNKNOWN', 'the log holds an event that this release does not know', {
    facts: { type, stream, position: position?.toString() },
    nextStep: 'Start the release that has written it, or a newer one.',
  });
}
