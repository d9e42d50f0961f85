export { InMemoryEventStore } from './in-memory-event-store.js';
export { EsdbEventStore } from './esdb/esdb-event-store.js';
export type { EsdbTiming } from './esdb/esdb-session.js';
export { copyEvents } from './sqlite-event-copy.js';
export { SqliteEventStore, type SqliteEventStoreOptions } from './sqlite-event-store.js';
