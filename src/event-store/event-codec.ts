import { EventStoreError, type AppendOptions, type NewEvent, type StreamAppend } from '#libs/messaging';

/** An event as it is kept. */
export interface EncodedEvent {
  readonly id: string;
  readonly type: string;
  readonly data: string;
  /** null when there is none. */
  readonly metadata: string | null;
}

/** An append whose events are as they are kept. */
export interface EncodedAppend extends AppendOptions {
  readonly stream: string;
  readonly events: readonly EncodedEvent[];
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** @throws EventStoreError EVENT_ID_MALFORMED */
export function checkedId(id: string): string {
  if (!UUID.test(id))
    throw new EventStoreError('EVENT_ID_MALFORMED', 'an event id is a UUID in lower case', { facts: { id } });
  return id;
}

/** @throws EventStoreError EVENT_NOT_JSON */
export function encodeEvent(event: NewEvent): EncodedEvent {
  return {
    id: event.id,
    type: event.type,
    data: toJson(event, event.data),
    metadata: event.metadata === undefined ? null : toJson(event, event.metadata),
  };
}

/** @throws EventStoreError EVENT_NOT_JSON */
export function encodeAppend({ events, ...append }: StreamAppend): EncodedAppend {
  return { ...append, events: events.map(encodeEvent) };
}

function toJson(event: NewEvent, value: unknown): string {
  let json: string | undefined;
  let cause: unknown;
  try {
    json = JSON.stringify(value);
  } catch (error) {
    cause = error;
  }
  if (json !== undefined) return json;
  throw new EventStoreError('EVENT_NOT_JSON', 'data and metadata of an event must be JSON values', {
    facts: { id: event.id, type: event.type },
    cause,
  });
}
