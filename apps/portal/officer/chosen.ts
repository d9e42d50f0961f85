/** Ids of the requests that are chosen for one action together. */
export type Chosen = ReadonlySet<string>;

export const NONE: Chosen = new Set();

export function toggled(chosen: Chosen, requestId: string): Chosen {
  const next = new Set(chosen);
  if (!next.delete(requestId)) next.add(requestId);
  return next;
}

/** Chooses a whole page, or nothing of it when all of it was chosen. */
export function togglePage(chosen: Chosen, page: readonly string[]): Chosen {
  const next = new Set(chosen);
  const isWhole = page.every((requestId) => chosen.has(requestId));
  for (const requestId of page) {
    if (isWhole) next.delete(requestId);
    else next.add(requestId);
  }
  return next;
}
