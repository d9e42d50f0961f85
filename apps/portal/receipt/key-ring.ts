import type { RequestKeys } from './key-file.js';

/**
 * Keys of the requests that were made in this tab. They are in memory only: they are not sent anywhere, not stored, and gone when the tab is closed or
 * loaded again, as it is when somebody signs out, which is why they are offered as a file.
 */
const ring = new Map<string, RequestKeys>();

/** Keeps what there is to keep; a repeated request brings no keys, and takes none away. */
export function keepKeys(keys: RequestKeys): void {
  if (keys.followKey === undefined && keys.receipt === undefined) return;
  const before = ring.get(keys.requestId);
  ring.set(keys.requestId, { ...keys, followKey: keys.followKey ?? before?.followKey });
}

export function keysOf(requestId: string): RequestKeys | undefined {
  return ring.get(requestId);
}
