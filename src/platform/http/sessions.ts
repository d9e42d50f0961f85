import type { Request } from 'express';

const TOKEN = /^[A-Za-z0-9_-]{43}$/;
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/i;

/**
 * Whether the cookie may travel over plain HTTP: only on the machine itself, where there is no network to listen on. Elsewhere a browser
 * that was led to plain HTTP does not send it.
 */
export function mustBeSecure(request: Request): boolean {
  return request.secure || !LOOPBACK.test(request.hostname);
}

/** RFC 6265bis §4.1.3.2: a `__Host-` cookie can be set neither by another host of the site nor over plain HTTP. */
export function sessionCookie(request: Request): string {
  return mustBeSecure(request) ? '__Host-lacuna-session' : 'lacuna-session';
}

/** The token that the visitor's browser sent, signed in or not; undefined when it is none of ours. */
export function sessionTokenOf(request: Request): string | undefined {
  const token = cookieOf(request, sessionCookie(request));
  return token !== undefined && TOKEN.test(token) ? token : undefined;
}

/** The value of a cookie. A name that comes twice names nothing: one of them was planted. */
export function cookieOf({ headers }: Request, name: string): string | undefined {
  const values = (headers.cookie ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  return values.length === 1 ? values[0] : undefined;
}

/** Gives the visitor's browser a token. Scripts cannot read it, and no other site can make a browser send it. */
export function setSessionToken(request: Request, token: string): void {
  request.res!.cookie(sessionCookie(request), token, {
    httpOnly: true,
    sameSite: 'strict',
    secure: mustBeSecure(request),
    path: '/',
  });
}
