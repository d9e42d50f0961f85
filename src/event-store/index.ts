export { InMemoryEventStore } from './in-memory-event-store.js';
export { copyEvents } from './sqlite-event-copy.js';
export { SqliteEventStore, type SqliteEventStoreOptions } from './sqlite-event-store.js';
