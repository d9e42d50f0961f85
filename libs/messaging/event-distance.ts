import type { EventStore } from './event-store.js';

/** What an event takes in the log of a server, sealed payload and all, as a rule. */
const BYTES_AN_EVENT = 400;

/**
 * How many events lie between two positions; where positions are sparse, about how many: they count bytes there.
 *
 * @example
 * const lag = eventsBetween(store, checkpoint, await store.head());
 */
export function eventsBetween(store: Pick<EventStore, 'positions'>, from: bigint, to: bigint): number {
  const distance = Number(to - from);
  return store.positions === 'dense' ? distance : Math.ceil(distance / BYTES_AN_EVENT);
}
