import { CodedError } from '#libs/essentials';

export type EventStoreErrorCode =
  | 'WRONG_EXPECTED_REVISION'
  | 'STREAM_TOMBSTONED'
  | 'EVENT_ID_MALFORMED'
  | 'EVENT_ID_REUSED'
  | 'EVENT_NOT_JSON'
  | 'EVENT_TYPE_UNKNOWN'
  | 'STORE_FULL'
  | 'STORE_READ_ONLY'
  | 'STORE_CLOSED'
  | 'STORE_DAMAGED'
  | 'STORE_UNAVAILABLE'
  | 'STORE_VERSION_UNKNOWN'
  | 'STORE_VERSION_TOO_OLD'
  | 'STORE_ADDRESS_MALFORMED'
  | 'STORE_TLS_MISMATCH'
  | 'STORE_ACCESS_DENIED'
  | 'STORE_NOT_LEADER'
  | 'APPEND_TOO_LARGE'
  | 'SUBSCRIPTION_STOPPED';

/** What an event store answers when it cannot do what was asked. */
export class EventStoreError extends CodedError<EventStoreErrorCode> {}
