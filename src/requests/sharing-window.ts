const MINUTE = 60_000;
/** A request that is due so soon waits for no other. */
const RESERVE = 24 * 60 * MINUTE;

export interface Waiting {
  /** ISO 8601, both. */
  readonly receivedAt: string;
  readonly dueAt: string;
}

/**
 * Whether requests that wait for a rebuild are taken up now, all of them together: the first of them has waited for its minutes, or is due
 * within a day. A deadline always wins.
 */
export function isTimeToUnlearn(waiting: readonly Waiting[], now: string, shareMinutes: number): boolean {
  const at = Date.parse(now);
  return waiting.some(
    ({ receivedAt, dueAt }) =>
      at >= Date.parse(receivedAt) + shareMinutes * MINUTE || at >= Date.parse(dueAt) - RESERVE,
  );
}
