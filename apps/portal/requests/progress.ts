import type { PartView, RequestDetail, RequestPhase } from '#libs/portal-contract';

/** How a request stands, in one word that never promises more than there is. */
export type Standing = RequestPhase | 'partly-done' | 'failed';

const UNDONE: readonly PartView['state'][] = ['waiting', 'running', 'failed'];

/** `completed` only when no part is left: a phase that says so too early is not believed. */
export function standingOf({ phase, parts }: Pick<RequestDetail, 'phase' | 'parts'>): Standing {
  if (phase !== 'completed' && phase !== 'in-progress') return phase;
  if (parts.some(({ state }) => state === 'failed')) return 'failed';
  if (parts.some(({ state }) => UNDONE.includes(state)))
    return parts.some(({ state }) => state === 'done') ? 'partly-done' : 'in-progress';
  return phase;
}

export interface Progress {
  readonly done: number;
  readonly of: number;
}

/** Parts that are done, of those that there are to do. */
export function progressOf(parts: readonly PartView[]): Progress {
  const needed = parts.filter(({ state }) => state !== 'not-needed');
  return { done: needed.filter(({ state }) => state === 'done').length, of: needed.length };
}

/** Whether nothing more will happen to it. */
export function isOver(standing: Standing): boolean {
  return ['completed', 'refused', 'cancelled', 'expired'].includes(standing);
}

/** Open ones first, the newest first among them. */
export function inReadingOrder<T extends Pick<RequestDetail, 'phase' | 'parts' | 'clock'>>(
  requests: readonly T[],
): T[] {
  const rank = (request: T): number => (isOver(standingOf(request)) ? 1 : 0);
  return [...requests].sort(
    (a, b) => rank(a) - rank(b) || b.clock.receivedAt.localeCompare(a.clock.receivedAt),
  );
}
