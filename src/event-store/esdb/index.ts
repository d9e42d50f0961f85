export { EsdbEventStore } from './esdb-event-store.js';
export type { EsdbTiming } from './esdb-session.js';
