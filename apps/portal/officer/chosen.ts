import type { RequestSummary } from '#libs/portal-contract';

/** The requests that are chosen for one action together, by id; of those on other pages as they were when they were seen. */
export type Chosen = ReadonlyMap<string, RequestSummary>;

export const NONE: Chosen = new Map();

export function toggled(chosen: Chosen, request: RequestSummary): Chosen {
  const next = new Map(chosen);
  if (!next.delete(request.requestId)) next.set(request.requestId, request);
  return next;
}

/** Chooses a whole page, or nothing of it when all of it was chosen. */
export function togglePage(chosen: Chosen, page: readonly RequestSummary[]): Chosen {
  const next = new Map(chosen);
  const isWhole = page.every(({ requestId }) => chosen.has(requestId));
  for (const request of page) {
    if (isWhole) next.delete(request.requestId);
    else next.set(request.requestId, request);
  }
  return next;
}

/** By whose laws they are answered, each once. */
export function regimesOf(chosen: Chosen): readonly RequestSummary['regime'][] {
  return [...new Set([...chosen.values()].map(({ regime }) => regime))].sort().reverse(); // the GDPR first
}
