import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import express from 'express';
import request from 'supertest';
import { securityHeaders } from '#platform/http';
import { serveFrontEnd } from './front-end.js';

const folder = mkdtempSync(path.join(tmpdir(), 'lacuna-portal-'));
afterAll(() => rmSync(folder, { recursive: true }));
mkdirSync(path.join(folder, 'assets'));
mkdirSync(path.join(folder, '.vite'));
writeFileSync(path.join(folder, 'index.html'), '<!doctype html><title>Lacuna</title>');
writeFileSync(path.join(folder, 'assets', 'index-1a2b3c.js'), 'export {};');
writeFileSync(path.join(folder, '.vite', 'manifest.json'), '{}');

const appOver = (portal: string) => {
  const app = express();
  app.use(securityHeaders);
  serveFrontEnd(app, portal);
  app.use((_, response) => void response.status(404).json({ code: 'ROUTE_NOT_FOUND' }));
  return app;
};
const app = appOver(folder);
const browse = (place: string) => request(app).get(place).set('Accept', 'text/html,*/*;q=0.8');

describe('the front end', () => {
  it('is one page at each of its places, asked for anew each time', async () => {
    for (const place of ['/', '/me/requests/new', '/sign-in/link', '/staff/set-up', '/audit/ledger']) {
      const { status, text, headers } = await browse(place);
      expect([status, text]).toEqual([200, '<!doctype html><title>Lacuna</title>']);
      expect(headers['cache-control']).toBe('no-cache');
    }
  });

  it('is there for a program that asks for anything at the front door, and for JSON is not', async () => {
    expect((await request(app).get('/')).status).toBe(200);
    expect((await request(app).get('/').set('Accept', '*/*')).status).toBe(200);
    expect((await request(app).get('/').set('Accept', 'application/json')).status).toBe(404);
  });

  it('has files that never change and are kept for ever', async () => {
    const { status, headers } = await request(app).get('/assets/index-1a2b3c.js');
    expect([status, headers['cache-control']]).toEqual([200, 'public, max-age=31536000, immutable']);
    expect((await browse('/assets/index-gone.js')).status).toBe(404);
  });

  it('leaves the server’s own paths alone, and whoever is no browser', async () => {
    for (const place of [
      '/v1/none',
      '/docs',
      '/docs-json',
      '/ledger/none',
      '/health',
      '/.well-known/gpc.json',
    ])
      expect((await browse(place)).status).toBe(404);
    expect((await request(app).get('/me')).status).toBe(404);
    expect((await request(app).post('/me').set('Accept', 'text/html')).status).toBe(404);
    expect((await browse('/.vite/manifest.json')).text).not.toBe('{}');
  });

  it('runs scripts of this server only, and none that stand in a page', async () => {
    const policy = (await browse('/')).headers['content-security-policy'];
    expect(policy.split(';')).toEqual(
      expect.arrayContaining([
        "script-src 'self'",
        "script-src-attr 'none'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
      ]),
    );
    expect((await browse('/')).headers).toMatchObject({
      'referrer-policy': 'no-referrer',
      'permissions-policy': expect.stringContaining('camera=()'),
      'x-content-type-options': 'nosniff',
    });
  });

  it('may be missing', async () => {
    expect(
      (
        await request(appOver(path.join(folder, 'nowhere')))
          .get('/')
          .set('Accept', 'text/html')
      ).status,
    ).toBe(404);
  });
});
