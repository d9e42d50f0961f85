export { InMemoryEventStore } from './in-memory-event-store.js';
export { SqliteEventStore, type SqliteEventStoreOptions } from './sqlite-event-store.js';
