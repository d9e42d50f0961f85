import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Request } from 'express';
import { HttpError } from './http-error.js';

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']); // RFC 9110 §9.2.1

export const CSRF_HEADER = 'x-lacuna-csrf';

export const changesSomething = ({ method = '' }: Pick<Request, 'method'> | IncomingMessage): boolean =>
  !SAFE.has(method);

/**
 * Refuses what another site's page made a browser send. Both headers are set by the browser and cannot be set by a page; a caller that
 * is no browser sends neither.
 *
 * @throws HttpError CROSS_SITE_REQUEST
 */
export function refuseCrossSite(request: Request): void {
  const site = request.get('sec-fetch-site'); // Fetch Metadata: same-origin, same-site, cross-site, none
  const origin = request.get('origin');
  const isOurs = site === undefined || site === 'same-origin';
  const isSameHost = origin === undefined || hostOf(origin) === request.get('host')?.toLowerCase();
  if (isOurs && isSameHost) return;
  throw new HttpError('CROSS_SITE_REQUEST', 'The request comes from a page of another site', {
    nextStep: 'Open the portal itself and do it there; a program sends neither Origin nor Sec-Fetch-Site.',
  });
}

/**
 * Compares what the page sent with what is bound to its session, in a time that does not depend on where they differ.
 * @param expected undefined where there is no session, and so no token either
 * @throws HttpError CSRF_TOKEN_WRONG
 */
export function requireCsrf(request: Request, expected: string | undefined): void {
  const sent = Buffer.from(request.get(CSRF_HEADER) ?? '');
  const bound = Buffer.from(expected ?? '');
  if (bound.length > 0 && sent.length === bound.length && timingSafeEqual(sent, bound)) return;
  throw new HttpError('CSRF_TOKEN_WRONG', `The header ${CSRF_HEADER} is not that of this session`, {
    nextStep: 'Ask GET /v1/session for it, and send it with every call that changes something.',
  });
}

/** Of `null`, and of whatever is no URL, no host. */
function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
