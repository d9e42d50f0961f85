import type { JobView, VersionView } from '#libs/portal-contract';
import { secondsBetween } from './seconds-between.js';
import { usualSeconds } from './version-history.js';

/**
 * Seconds until the rebuilds are through that are under way or planned, as far as it is known how long such ones usually take; they are done one
 * after the other. What has taken longer than usual is expected to end at any moment.
 *
 * @param open rebuilds that are not over
 */
export function secondsAhead(
  open: readonly Pick<JobView, 'reason' | 'shards' | 'plannedAt'>[],
  versions: readonly VersionView[],
  now: string,
): number {
  return open.reduce((sum, { reason, shards, plannedAt }) => {
    const usual = usualSeconds(versions, shards.length, reason) ?? 0;
    return sum + Math.max(0, usual - secondsBetween(plannedAt, now));
  }, 0);
}
