import { setTimeout as wait } from 'node:timers/promises';
import { KeyServiceError } from '#libs/messaging';

const PAUSES = [250, 1_000]; // ms

/** Repeats what failed for a reason that may pass; every other refusal is final at once. */
export async function withRetries<T>(call: () => Promise<T>): Promise<T> {
  for (const pause of PAUSES) {
    try {
      return await call();
    } catch (error) {
      if (!mayPass(error)) throw error;
      await wait(pause);
    }
  }
  return call();
}

function mayPass(error: unknown): boolean {
  return (
    error instanceof KeyServiceError &&
    (error.code === 'KEY_SERVICE_UNREACHABLE' || error.code === 'KEY_SERVICE_BUSY')
  );
}
