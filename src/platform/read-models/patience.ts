import { setTimeout as pause } from 'node:timers/promises';

const FIRST_PAUSE = 50;
const LONGEST_PAUSE = 2_000;

export interface Patience {
  /** Milliseconds from the first failure on. */
  readonly limit: number;
  readonly isPassing: (error: unknown) => boolean;
  /** Ends waiting. */
  readonly signal?: AbortSignal;
}

/** Does it again, with longer and longer pauses, while it fails for a reason that may pass; then throws the last reason. */
export async function patiently<T>(
  work: () => Promise<T>,
  { limit, isPassing, signal }: Patience,
): Promise<T> {
  let failedSince: number | undefined;
  for (let wait = FIRST_PAUSE; ; wait = Math.min(2 * wait, LONGEST_PAUSE)) {
    try {
      return await work();
    } catch (error) {
      failedSince ??= performance.now();
      if (!isPassing(error) || signal?.aborted || performance.now() - failedSince >= limit) throw error;
      await pause(wait, undefined, { signal }).catch(() => undefined);
    }
  }
}
