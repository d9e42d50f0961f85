import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HttpClient, serverSent } from './support/http-client.js';
import { PEOPLE, populate, PURPOSE, TemporaryFolders } from './support/small-installation.js';

const folders = new TemporaryFolders();
const NOBODYS = '7f1d9b1e-0000-4000-8000-00000000000f';
let http: HttpClient;
beforeAll(async () => {
  http = await HttpClient.open(folders.next());
  await populate(http.installation);
  await http.post('admin', '/v1/models/train', {}, 201);
}, 60_000);
afterAll(async () => {
  await http.close();
  folders.remove();
});

interface Session {
  readonly headers: Record<string, string>;
}

/** A browser in which somebody has signed in. */
function sessionOf(owner: Parameters<typeof http.installation.access.sessions.open>[0]): Session {
  const { sessions } = http.installation.access;
  const token = sessions.open(owner);
  return { headers: { cookie: `lacuna-session=${token}`, 'x-lacuna-csrf': sessions.csrfOf(token) } };
}
const person = (name: string) =>
  sessionOf({ kind: 'subject', subject: http.installation.vault.findSubject(name)! });
const officer = (name: string) => {
  const { staffId } = http.installation.access.accounts.invite(name, ['dpo']).account;
  return sessionOf({ kind: 'staff', staffId });
};

async function call(
  { headers }: Session,
  method: 'GET' | 'POST' | 'DELETE',
  route: string,
  body?: object,
): Promise<{ status: number; body: unknown; text: string; headers: Headers }> {
  const response = await fetch(http.url + route, {
    method,
    headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
    body: body && JSON.stringify(body),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  return {
    status: response.status,
    body: isJson ? JSON.parse(text) : undefined,
    text,
    headers: response.headers,
  };
}

async function ask(session: Session, body: object): Promise<{ requestId: string; followKey: string }> {
  const { status, body: answer } = await call(session, 'POST', '/v1/me/requests', body);
  expect(status).toBe(202);
  return answer as { requestId: string; followKey: string };
}

describe('an erasure over HTTP', () => {
  it('takes two officers, who type what they do, and is told live to its person', async () => {
    const [ana, ada, bob] = [person(PEOPLE[0]), officer('Ada'), officer('Bob')];
    const { requestId, followKey } = await ask(ana, { kind: 'erasure' });
    expect(followKey).toMatch(/^[A-Za-z0-9_-]{22}$/);
    const confirmation = `ERASE ${requestId.slice(0, 8)}`;
    const route = `/v1/requests/${requestId}`;
    expect((await call(ada, 'GET', '/v1/requests')).body).toMatchObject({
      total: 1,
      rows: [{ requestId, phase: 'in-review', approvals: { given: 0, needed: 2 } }],
    });
    const live = serverSent(`${http.url}/v1/me/requests/${requestId}/events`, ana.headers);
    expect(await live.next()).toMatchObject({ value: { phase: 'in-review' } });
    expect((await call(ada, 'POST', `${route}/approve`, {})).body).toMatchObject({
      code: 'CONFIRMATION_MISMATCH',
    });
    expect((await call(ada, 'POST', `${route}/approve`, { confirmation })).status).toBe(200);
    expect((await call(ada, 'POST', `${route}/approve`, { confirmation })).body).toMatchObject({
      code: 'APPROVED_ALREADY',
    });
    expect((await call(bob, 'POST', `${route}/approve`, { confirmation })).body).toMatchObject({
      clock: { graceUntil: expect.any(String) },
      actions: expect.arrayContaining(['cancel', 'hold']),
    });
    expect(await live.next()).toMatchObject({ value: { requestId } });
    await live.return();
    const told = (await call(ana, 'GET', `/v1/me/requests/${requestId}`)).text;
    expect(told).not.toMatch(/staff-/);
    expect((await call(ana, 'POST', `/v1/me/requests/${requestId}/cancel`)).body).toMatchObject({
      phase: 'cancelled',
      parts: [], // nothing was done, nor will be
      actions: [],
    });
  });
});

describe('what belongs to one person', () => {
  it('answers another like what was never there, at every route', async () => {
    const [ben, eva] = [person(PEOPLE[1]), person(PEOPLE[2])];
    const { requestId } = await ask(ben, { kind: 'access' });
    const follower = sessionOf({ kind: 'follower', requestId });
    const routes: readonly ['GET' | 'POST' | 'DELETE', string][] = [
      ['GET', ''],
      ['GET', '/events'],
      ['POST', '/cancel'],
      ['GET', '/certificate'],
      ['GET', '/certificate/proofs'],
      ['GET', '/receipt-openings'],
      ['DELETE', '/receipt-openings'],
      ['GET', '/export'],
    ];
    for (const [method, end] of routes) {
      const foreign = await call(eva, method, `/v1/me/requests/${requestId}${end}`);
      const missing = await call(eva, method, `/v1/me/requests/${NOBODYS}${end}`);
      expect([end, foreign.status, foreign.text]).toEqual([
        end,
        404,
        missing.text.replace(NOBODYS, requestId),
      ]);
    }
    expect((await call(eva, 'GET', '/v1/me/requests')).body).toEqual([]);
    expect((await call(follower, 'GET', `/v1/me/requests/${requestId}`)).status).toBe(200);
    expect((await call(follower, 'GET', `/v1/me/requests/${requestId}/export`)).status).toBe(403);
  });

  it('is handed to that person whole, as JSON and as a table', async () => {
    const session = person(PEOPLE[3]);
    const { requestId } = await ask(session, { kind: 'access' });
    const route = `/v1/me/requests/${requestId}`;
    expect((await call(session, 'GET', route)).body).toMatchObject({
      phase: 'completed',
      download: 'export',
    });
    const json = await call(session, 'GET', `${route}/export`);
    expect(json.body).toMatchObject({ records: expect.any(Array), consents: [{ purpose: PURPOSE }] });
    const table = await call(session, 'GET', `${route}/export?format=csv`);
    expect(table.headers.get('content-disposition')).toContain(`${requestId}.csv`);
    expect(table.text).toContain('section,time,item,title');
  });
});

describe('a withdrawal over HTTP', () => {
  it('needs nobody, and says before what it would do', async () => {
    const session = person(PEOPLE[4]);
    const scope = { categories: ['Horror'] };
    const preview = await call(session, 'POST', '/v1/me/preview', { kind: 'withdrawal', scope });
    expect(preview.body).toMatchObject({
      erasable: expect.any(Number),
      lines: [{ line: 'main', ofShards: 3 }],
    });
    const { requestId } = await ask(session, { kind: 'withdrawal', scope });
    expect(await http.closed(requestId)).toMatchObject({ phase: 'completed', kind: 'withdrawal' });
    const certificate = await call(session, 'GET', `/v1/me/requests/${requestId}/certificate`);
    expect(certificate.headers.get('content-type')).toContain('application/vnd.dev.sigstore.bundle');
  });

  it.each([
    ['SCOPE_EMPTY', { kind: 'withdrawal' }],
    ['OBJECTION_WITHOUT_PURPOSE', { kind: 'objection', scope: { categories: ['Horror'] } }],
    ['KIND_WITHOUT_SCOPE', { kind: 'erasure', scope: { categories: ['Horror'] } }],
    ['STATEMENT_MISSING', { kind: 'rectification' }],
    ['STATEMENT_NOT_WANTED', { kind: 'access', statement: 'x' }],
    ['REQUEST_MALFORMED', { kind: 'everything' }],
  ])('is refused with %s and a next step where it cannot be: %j', async (code, body) => {
    const answer = await call(person(PEOPLE[5]), 'POST', '/v1/me/requests', body);
    expect(answer).toMatchObject({ status: 400, body: { code, nextStep: expect.any(String) } });
  });
});

describe('bulk work', () => {
  it('decides each for itself, after a preview that records nothing', async () => {
    const ada = officer('Ada again');
    const asked: string[] = [];
    for (const name of [PEOPLE[6], PEOPLE[7]])
      asked.push((await ask(person(name), { kind: 'erasure' })).requestId);
    const body = { action: 'approve', requestIds: [...asked, NOBODYS] };
    const expected = (outcome: string) => [
      { requestId: asked[0], outcome },
      { requestId: asked[1], outcome },
      { requestId: NOBODYS, outcome: 'refused', code: 'REQUEST_UNKNOWN' },
    ];
    const preview = await call(ada, 'POST', '/v1/requests/bulk/preview', body);
    expect(preview.body).toMatchObject({ items: expected('would-do') });
    expect((await call(ada, 'POST', '/v1/requests/bulk', body)).body).toMatchObject({
      items: [
        { code: 'CONFIRMATION_MISMATCH' },
        { code: 'CONFIRMATION_MISMATCH' },
        { code: 'REQUEST_UNKNOWN' },
      ],
    });
    const done = await call(ada, 'POST', '/v1/requests/bulk', { ...body, confirmation: 'ERASE 3' });
    expect(done.body).toMatchObject({ items: expected('done') });
    const reasons = { action: 'extend', requestIds: asked, reasons: ['complexity'] };
    expect((await call(ada, 'POST', '/v1/requests/bulk', reasons)).body).toMatchObject({
      items: [{ outcome: 'done' }, { outcome: 'done' }],
    });
  });
});

describe('legal holds over HTTP', () => {
  it('are placed on one thing, listed with what they stop, and released once', async () => {
    const ada = officer('Ada of holds');
    const reason = 'litigation';
    for (const body of [{ reason }, { reason, category: 'Horror', subject: PEOPLE[8] }])
      expect((await call(ada, 'POST', '/v1/holds', body)).body).toMatchObject({
        code: 'HOLD_TARGET_UNCLEAR',
      });
    const placed = await call(ada, 'POST', '/v1/holds', { reason, subject: PEOPLE[8] });
    expect(placed).toMatchObject({ status: 201, body: { target: { kind: 'subject' }, requests: [] } });
    expect(placed.text).not.toContain(PEOPLE[8]);
    const { holdId } = placed.body as { holdId: string };
    await http.post('dpo', '/v1/requests/erasures', { subject: PEOPLE[8], requestId: NOBODYS }, 202);
    expect((await call(ada, 'GET', `/v1/requests/${NOBODYS}`)).body).toMatchObject({ holds: [holdId] });
    expect((await call(ada, 'GET', '/v1/holds')).body).toMatchObject([{ holdId, requests: [NOBODYS] }]);
    expect((await call(ada, 'POST', `/v1/holds/${holdId}/release`)).status).toBe(200);
    expect((await call(ada, 'POST', `/v1/holds/${holdId}/release`)).body).toMatchObject({
      status: 409,
      code: 'HOLD_RELEASED_ALREADY',
    });
    expect(await http.closed(NOBODYS)).toMatchObject({ phase: 'completed' });
  });

  it('leave the dashboard to count what is open and how long the rest took', async () => {
    const { body } = await call(officer('Ada of dashboards'), 'GET', '/v1/dashboard');
    expect(body).toMatchObject({
      openByPhase: { 'in-review': 2 },
      daysToComplete: { p50: expect.any(Number) },
      secondsToCertificate: expect.any(Array),
    });
    expect((body as { months: unknown[] }).months).toHaveLength(12);
  });
});
