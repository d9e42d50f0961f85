import { EventStoreError, type AppendOptions, type ExpectedRevision, type NewEvent } from '#libs/messaging';
import { checkedId } from './event-codec.js';

export interface StreamHead {
  readonly state: 'missing' | 'live' | 'tombstoned';
  /** Revision of the last event; -1 when there is none. */
  readonly revision: number;
}

/** An event that the stream already holds under some id. */
export interface KnownEvent {
  readonly type: string;
  readonly revision: number;
  readonly position: bigint;
}

/** What a decision looks at; the payload goes past it as the caller has it. */
type Decidable = Pick<NewEvent, 'id' | 'type'>;

export interface AppendDecision<Event> {
  /** What is to be written, in order. */
  readonly fresh: readonly Event[];
  /** Highest position among the events that were already there; 0n when all are new. */
  readonly knownPosition: bigint;
}

/**
 * Decides what an append writes; the rules of `EventStore.append`, the same for every adapter.
 *
 * @throws EventStoreError STREAM_TOMBSTONED, EVENT_ID_MALFORMED, EVENT_ID_REUSED, WRONG_EXPECTED_REVISION
 */
export function decideAppend<Event extends Decidable>(
  append: AppendOptions & { readonly stream: string; readonly events: readonly Event[] },
  head: StreamHead,
  find: (id: string) => KnownEvent | undefined,
): AppendDecision<Event> {
  refuseTombstoned(append.stream, head);
  const fresh = new Map<string, Event>();
  const known: KnownEvent[] = [];
  for (const event of append.events) {
    const twin = fresh.get(checkedId(event.id));
    const stored = twin === undefined ? find(event.id) : undefined;
    refuseOtherType(append.stream, event, twin ?? stored);
    if (stored !== undefined) known.push(stored);
    else if (twin === undefined) fresh.set(event.id, event);
  }
  const repetition = fresh.size === 0 && known.length > 0 && known.every(isAfter);
  const expected = append.expectedRevision ?? 'any';
  if (!repetition && (known.length > 0 ? expected !== 'any' : !meets(head, expected)))
    throw wrongRevision(append.stream, expected, head);
  return { fresh: [...fresh.values()], knownPosition: highest(known) };
}

/** @throws EventStoreError WRONG_EXPECTED_REVISION */
export function checkRevision(stream: string, head: StreamHead, expected: ExpectedRevision = 'any'): void {
  if (!meets(head, expected)) throw wrongRevision(stream, expected, head);
}

/** @throws EventStoreError STREAM_TOMBSTONED */
export function refuseTombstoned(stream: string, head: StreamHead): void {
  if (head.state === 'tombstoned')
    throw new EventStoreError('STREAM_TOMBSTONED', 'the stream was deleted for good', { facts: { stream } });
}

function meets(head: StreamHead, expected: ExpectedRevision): boolean {
  switch (expected) {
    case 'any':
      return true;
    case 'no-stream':
      return head.state === 'missing';
    case 'stream-exists':
      return head.state === 'live';
    default:
      return head.state === 'live' && head.revision === expected;
  }
}

function isAfter(event: KnownEvent, index: number, events: readonly KnownEvent[]): boolean {
  return index === 0 || event.revision > events[index - 1].revision;
}

function highest(known: readonly KnownEvent[]): bigint {
  return known.reduce((position, event) => (event.position > position ? event.position : position), 0n);
}

function refuseOtherType(
  stream: string,
  event: Decidable,
  twin: { readonly type: string } | undefined,
): void {
  if (twin !== undefined && event.type !== twin.type)
    throw new EventStoreError('EVENT_ID_REUSED', 'the stream holds an event of another type under this id', {
      facts: { stream, id: event.id, type: event.type, storedType: twin.type },
      nextStep: 'give the new event an id of its own',
    });
}

function wrongRevision(stream: string, expected: ExpectedRevision, head: StreamHead): EventStoreError {
  return new EventStoreError('WRONG_EXPECTED_REVISION', 'the stream has moved on since it was read', {
    facts: { stream, expected, actual: head.state === 'live' ? head.revision : head.state },
    nextStep: 'read the stream again, decide again, and append with its present revision',
  });
}
