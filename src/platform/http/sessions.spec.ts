import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Param, Post } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import request from 'supertest';
import {
  HashedTokenVerifier,
  mintToken,
  SessionVerifier,
  StaffAudit,
  type Principal,
  type StaffAction,
} from '#platform/callers';
import { Actor, Audited, Caller, configureHttp, Limited, Public, Roles, Subject } from './index.js';

const REQUEST_ID = '7f1d9b1e-0000-4000-8000-000000000001';

@Controller()
class SampleController {
  @Get('mine')
  @Roles('subject')
  mine(@Subject() subject: string) {
    return { subject };
  }

  @Get('either')
  @Roles('dpo', 'subject')
  either(@Caller() { kind }: Principal, @Actor() actor: string) {
    return { kind, actor };
  }

  @Post('requests/:requestId')
  @Roles('dpo')
  @Audited('request.approve')
  approve(@Param('requestId') requestId: string) {
    done.push(requestId);
  }

  @Post('open')
  @Public()
  open() {
    return {};
  }

  @Post('login')
  @Public()
  @Limited({ name: 'login', rate: 0.1, burst: 2 })
  login() {
    return {};
  }
}

const tokenOf = (letter: string): string => letter.repeat(43);
const SESSIONS: Readonly<Record<string, Principal>> = {
  [tokenOf('a')]: { kind: 'subject', roles: ['subject'], actor: 'subject', subject: 'ana' },
  [tokenOf('b')]: { kind: 'staff', roles: ['dpo'], actor: 'staff-1' },
};
class KnownSessions extends SessionVerifier {
  verify(token: string) {
    return SESSIONS[token];
  }
  csrfOf(token: string) {
    return `csrf of ${token}`;
  }
}
class Written extends StaffAudit {
  async record(action: StaffAction): Promise<void> {
    if (isFull) throw new Error('no room');
    audited.push(action);
  }
}

const feeder = mintToken();
let app: NestExpressApplication;
let audited: StaffAction[] = [];
let done: string[] = [];
let isFull = false;
const as = (letter: string, method: 'get' | 'post', path: string) =>
  request(app.getHttpServer())
    [method](path)
    .set('Cookie', `lacuna-session=${tokenOf(letter)}`);
const withCsrf = (letter: string, path: string) =>
  as(letter, 'post', path).set('x-lacuna-csrf', `csrf of ${tokenOf(letter)}`);

beforeAll(async () => {
  const module = await Test.createTestingModule({ controllers: [SampleController] }).compile();
  app = module.createNestApplication<NestExpressApplication>({ logger: false });
  configureHttp(app, {
    tokens: new HashedTokenVerifier([{ tokenSha256: feeder.tokenSha256, roles: ['ingest', 'dpo'] }]),
    access: { sessions: new KnownSessions(), audit: new Written() },
    report: () => {},
    limit: { rate: 0.001, burst: 30 },
    trustProxy: 1,
  });
  await app.listen(0, '127.0.0.1');
});
afterAll(() => app.close());
beforeEach(() => {
  audited = [];
  done = [];
  isFull = false;
});

describe('a session', () => {
  it('says who calls, by its cookie', async () => {
    expect((await as('a', 'get', '/mine')).body).toEqual({ subject: 'ana' });
    expect((await as('b', 'get', '/either')).body).toEqual({ kind: 'staff', actor: 'staff-1' });
  });

  it('lets nobody in whose role the route does not name, or whose token is unknown or comes twice', async () => {
    expect((await as('b', 'get', '/mine')).body).toMatchObject({ status: 403, code: 'ROLE_NOT_GRANTED' });
    expect((await as('c', 'get', '/mine')).body).toMatchObject({ status: 401, code: 'TOKEN_MISSING' });
    const twice = `lacuna-session=${tokenOf('a')}; lacuna-session=${tokenOf('a')}`;
    const planted = await request(app.getHttpServer()).get('/mine').set('Cookie', twice);
    expect(planted.status).toBe(401);
  });

  it('has a cookie of another name where the network can be listened to', async () => {
    const overTls = (cookie: string) =>
      request(app.getHttpServer())
        .get('/mine')
        .set('X-Forwarded-Proto', 'https')
        .set('Host', 'portal.example.org')
        .set('Cookie', `${cookie}=${tokenOf('a')}`);
    expect((await overTls('lacuna-session')).status).toBe(401);
    expect((await overTls('__Host-lacuna-session')).status).toBe(200);
  });
});

describe('what changes something', () => {
  it('needs the CSRF token of its own session', async () => {
    const wrong = { status: 403, code: 'CSRF_TOKEN_WRONG' };
    expect((await as('b', 'post', `/requests/${REQUEST_ID}`)).body).toMatchObject(wrong);
    const ofAna = as('b', 'post', `/requests/${REQUEST_ID}`).set('x-lacuna-csrf', `csrf of ${tokenOf('a')}`);
    expect((await ofAna).body).toMatchObject(wrong);
    expect(done).toEqual([]);
    expect((await withCsrf('b', `/requests/${REQUEST_ID}`)).status).toBe(201);
    expect(done).toEqual([REQUEST_ID]);
  });

  it.each([
    ['Sec-Fetch-Site', 'cross-site'],
    ['Sec-Fetch-Site', 'same-site'],
    ['Origin', 'https://evil.example'],
    ['Origin', 'null'],
  ])('is refused from a page of another site (%s: %s), also where nobody signs in', async (header, value) => {
    const refused = { status: 403, code: 'CROSS_SITE_REQUEST' };
    const signedIn = withCsrf('b', `/requests/${REQUEST_ID}`).set(header, value);
    expect((await signedIn).body).toMatchObject(refused);
    const visitor = request(app.getHttpServer()).post('/open').set(header, value);
    expect((await visitor).body).toMatchObject(refused);
    expect(done).toEqual([]);
  });

  it('is taken from a page of ours', async () => {
    const sent = withCsrf('b', `/requests/${REQUEST_ID}`)
      .set('Host', 'localhost:8080')
      .set('Origin', 'http://localhost:8080')
      .set('Sec-Fetch-Site', 'same-origin');
    expect((await sent).status).toBe(201);
  });

  it('is written down before it is done, when staff do it, and not done when that fails', async () => {
    await withCsrf('b', `/requests/${REQUEST_ID.toUpperCase()}`);
    await withCsrf('b', '/requests/none');
    expect(audited).toEqual([
      { actor: 'staff-1', action: 'request.approve', requestId: REQUEST_ID },
      { actor: 'staff-1', action: 'request.approve' },
    ]);
    isFull = true;
    done = [];
    expect((await withCsrf('b', `/requests/${REQUEST_ID}`)).status).toBe(500);
    expect(done).toEqual([]);
  });

  it('needs no CSRF token from a machine, and is its own affair', async () => {
    const call = request(app.getHttpServer()).post(`/requests/${REQUEST_ID}`);
    expect((await call.set('Authorization', `Bearer ${feeder.token}`)).status).toBe(201);
    expect(audited).toEqual([]);
  });
});

describe('how often one client may call', () => {
  const from = (address: string, path: string) =>
    request(app.getHttpServer()).post(path).set('X-Forwarded-For', address);

  it('is limited by route where the route says so, by IPv4 address or IPv6 network', async () => {
    const statuses = async (...addresses: string[]) => {
      const answers: number[] = [];
      for (const address of addresses) answers.push((await from(address, '/login')).status);
      return answers;
    };
    expect(await statuses('192.0.2.1', '192.0.2.1', '192.0.2.1', '192.0.2.2')).toEqual([201, 201, 429, 201]);
    expect(await statuses('2001:db8::1', '2001:db8::2', '2001:db8::3', '2001:db8:0:1::1')).toEqual([
      201, 201, 429, 201,
    ]);
    expect(await statuses('::ffff:192.0.2.1')).toEqual([429]);
  });

  it('is limited altogether, with the seconds to wait, and not for machines', async () => {
    for (let call = 0; call < 30; call++) await from('192.0.2.9', '/open');
    const refused = await from('192.0.2.9', '/open');
    expect(refused.body).toMatchObject({ status: 429, code: 'TOO_MANY_REQUESTS' });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    const guess = await from('192.0.2.9', `/requests/${REQUEST_ID}`).set('Authorization', 'Bearer guess');
    expect(guess.status).toBe(429);
    const known = from('192.0.2.9', `/requests/${REQUEST_ID}`).set('Authorization', `Bearer ${feeder.token}`);
    expect((await known).status).toBe(201);
  });
});
