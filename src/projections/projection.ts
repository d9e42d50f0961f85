import type { EntityManager } from 'typeorm';
import type { LacunaEvent } from '#libs/contracts';
import type { RecordedEvent } from '#libs/messaging';

/** An event as projections get it: recorded, and one of those that Lacuna knows. */
export type ProjectedEvent = Omit<RecordedEvent, 'type' | 'data'> & LacunaEvent;

/**
 * Folds events into tables. It is given every event once, in order, together with the others of its batch; tables and checkpoint are
 * stored in one transaction.
 */
export interface Projection {
  /** Event types that it asks for. */
  readonly types: readonly LacunaEvent['type'][];
  apply(event: ProjectedEvent, manager: EntityManager): Promise<void> | void;
  /** Writes what apply has gathered; called at the end of each batch. */
  flush(manager: EntityManager): Promise<void>;
  /** Forgets what apply has gathered: its batch was rolled back. */
  reset(): void;
}
