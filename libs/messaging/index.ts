export type {
  AppendOptions,
  AppendResult,
  EventFilter,
  EventMetadata,
  EventStore,
  ExpectedRevision,
  NewEvent,
  ReadAllOptions,
  ReadStreamOptions,
  RecordedEvent,
  StreamAppend,
  Subscription,
  SubscriptionOptions,
} from './event-store.js';
export { interactionEventId, namedEventId } from './event-ids.js';
export { eventsBetween } from './event-distance.js';
export { EventStoreError, type EventStoreErrorCode } from './event-store-error.js';
export { streamNames, subjectOfStream, generationOfStream } from './stream-names.js';
export { KeyServiceError, type KeyServiceErrorCode } from './key-service-error.js';
export type { KeyWrapper } from './key-wrapper.js';
export { sealingContext, type PayloadSealer } from './sealing.js';
export { VaultError, type VaultErrorCode } from './vault-error.js';
export type { ExternalId, ExternalIdKind, Vault } from './vault-port.js';
export { upcast, type Upcaster } from './upcasters.js';
export { refuseUnknownEvent } from './unknown-event.js';
