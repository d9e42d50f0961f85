import type { RecordedEvent } from './event-store.js';

/** Turns one old shape into the next newer one. Keyed by the literal type of the old shape. */
export type Upcaster = (event: RecordedEvent) => RecordedEvent;

/**
 * Applies upcasters until no one knows the event's type any more, so that V1 → V2 → current needs only neighbours.
 *
 * @example
 * upcast(event, { ItemCataloguedV1: (old) => ({ ...old, type: 'ItemCatalogued', data: { ...old.data, categories: [] } }) });
 */
export function upcast(event: RecordedEvent, upcasters: Readonly<Record<string, Upcaster>>): RecordedEvent {
  let current = event;
  for (let step = upcasters[current.type]; step !== undefined; step = upcasters[current.type])
    current = step(current);
  return current;
}
