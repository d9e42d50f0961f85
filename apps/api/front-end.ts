import { existsSync } from 'node:fs';
import path from 'node:path';
import express, { type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import { packageRoot } from '#platform/build';

const A_YEAR = '1y';
/** Paths that are the server's own; every other one that a browser goes to is a place within the portal. */
const SERVERS = /^\/(?:v1|ledger|docs|docs-json|docs-yaml|health|opendsr|assets|\.well-known)(?:\/|$)/;

/** What an Express application can be given. */
interface Application {
  use(handler: RequestHandler): unknown;
  use(path: string, handler: RequestHandler): unknown;
}

/**
 * Serves the built portal, where there is one: files with a hash in their name for ever, the page at each of its places. Whatever is
 * not the portal's goes on to the routes.
 */
export function serveFrontEnd(app: Application, folder = builtPortal()): void {
  const page = path.join(folder, 'index.html');
  if (!existsSync(page)) return;
  app.use(
    '/assets',
    express.static(path.join(folder, 'assets'), { immutable: true, maxAge: A_YEAR, index: false }),
  );
  app.use(unlessServers(express.static(folder, { index: false })));
  app.use((request: Request, response: Response, next: NextFunction) => {
    if (!isPlaceInPortal(request)) return next();
    response.setHeader('Cache-Control', 'no-cache');
    response.sendFile(page);
  });
}

/** A call of the API need not wait until the disk has said that there is no such file. */
function unlessServers(handler: RequestHandler): RequestHandler {
  return (request, response, next) =>
    SERVERS.test(request.path) ? next() : void handler(request, response, next);
}

/**
 * A program that asks for anything at all, or for JSON, is told that there is nothing, except at the front door; a browser that goes there
 * gets the page.
 */
function isPlaceInPortal({ method, path: place, headers }: Request): boolean {
  if (method !== 'GET' || SERVERS.test(place)) return false;
  return headers.accept?.includes('text/html') === true || (place === '/' && takesAnything(headers.accept));
}

function takesAnything(accept = '*/*'): boolean {
  return accept.includes('*/*');
}

const builtPortal = (): string => path.join(packageRoot(), 'dist/apps/portal');
