import { existsSync } from 'node:fs';
import path from 'node:path';
import type { NestExpressApplication } from '@nestjs/platform-express';
import express, { type NextFunction, type Request, type Response } from 'express';
import { packageRoot } from '#platform/build';

const A_YEAR = '1y';
/** Places within the portal; the page itself finds out what to show. */
const PLACES = /^\/(?:(?:me|staff|follow|start|verify|sign-in|dpo|auditor|engineer|admin)(?:\/.*)?)?$/;

/**
 * Serves the built portal, where there is one: files with a hash in their name for ever, the page at each of its places. Whatever is
 * not the portal's goes on to the routes.
 */
export function serveFrontEnd(app: NestExpressApplication, folder = builtPortal()): void {
  const page = path.join(folder, 'index.html');
  if (!existsSync(page)) return;
  app.use(
    '/assets',
    express.static(path.join(folder, 'assets'), { immutable: true, maxAge: A_YEAR, index: false }),
  );
  app.use(express.static(folder, { index: false }));
  app.use((request: Request, response: Response, next: NextFunction) => {
    const isPage = request.method === 'GET' && PLACES.test(request.path) && request.accepts('html');
    if (!isPage) return next();
    response.setHeader('Cache-Control', 'no-cache');
    response.sendFile(page);
  });
}

const builtPortal = (): string => path.join(packageRoot(), 'dist/apps/portal');
