import type { RequestScope } from '#libs/contracts';
import type { ScopeBody } from '#libs/portal-contract';

/** A scope as it comes over HTTP, with times in seconds. */
export function scopeFrom({ purpose, items, categories, from, until, labels }: ScopeBody): RequestScope {
  const seconds = (iso: string): number => Math.floor(Date.parse(iso) / 1000);
  return {
    ...(purpose !== undefined && { purpose }),
    ...(items && { items }),
    ...(categories && { categories }),
    ...(from !== undefined && { from: seconds(from) }),
    ...(until !== undefined && { until: seconds(until) }),
    ...(labels && { labels }),
  };
}
