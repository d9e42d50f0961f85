import { eventsBetween } from '#libs/messaging';
import type { Meters } from '#platform/metrics';
import type { Installation } from '../../installation/index.js';

/** How far the read models are behind the log. */
export function measureProjections(meters: Meters, { store, projections: { runner } }: Installation): void {
  meters.gauge({ name: 'event_store_position', help: 'Position of the last event of the log' }, async () => [
    { value: Number(await store.head()) },
  ]);
  meters.gauge(
    {
      name: 'projection_lag_events',
      help: 'Positions from the oldest event that the read models lack to the head of the log; 0 when they have all',
    },
    async () => {
      const lacked = await runner.firstLacked();
      if (lacked === undefined) return [{ value: 0 }];
      return [{ value: eventsBetween(store, lacked.position, await store.head()) + 1 }];
    },
  );
  meters.gauge(
    { name: 'projection_lag_seconds', help: 'Age of the oldest event that the read models lack' },
    async () => {
      const lacked = await runner.firstLacked();
      const age = lacked === undefined ? 0 : (Date.now() - Date.parse(lacked.recordedAt)) / 1000;
      return [{ value: Math.max(0, age) }];
    },
  );
  meters.gauge(
    { name: 'projection_stopped', help: '1 when the log is not followed any more because of a failure' },
    () => [{ value: runner.failure === undefined ? 0 : 1 }],
  );
}
