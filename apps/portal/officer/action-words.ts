import type { RequestDetail } from '#libs/portal-contract';

/**
 * What has to be typed by hand before an erasure is approved: the word and the beginning of the request's id, so that nobody approves the one
 * while looking at another. Nothing for kinds that destroy nothing.
 */
export function confirmationOf({
  kind,
  requestId,
}: Pick<RequestDetail, 'kind' | 'requestId'>): string | undefined {
  return kind === 'erasure' ? `ERASE ${requestId.slice(0, 8)}` : undefined;
}
