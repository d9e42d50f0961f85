import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { SessionView } from '#libs/portal-contract';
import { HttpClient } from './support/http-client.js';
import { interactionsOf, PEOPLE, populate, TemporaryFolders } from './support/small-installation.js';
import { PASSWORD, staffVisitor, Visitor } from './support/visitor.js';

const folders = new TemporaryFolders();
const START = Date.UTC(2026, 0, 31, 10);
const MINUTE = 60_000;
let passed = 0; // milliseconds on the installation's clock
let http: HttpClient;

beforeAll(async () => {
  http = await HttpClient.open(folders.next(), { now: () => new Date(START + passed) });
  await populate(http.installation, interactionsOf(PEOPLE.slice(0, 2)));
});
afterAll(async () => {
  await http.close();
  folders.remove();
});

const accounts = () => http.installation.access.accounts;
const nobody = () => new Visitor(http.url);

describe('the first account', () => {
  it('is set up by a link, and signs in with user name and password, in capitals or not', async () => {
    const link = accounts().firstLink()!;
    const visitor = nobody();
    const body = { token: link.token, user: 'Erika', password: PASSWORD };
    expect((await visitor.enter('/v1/session/setup', body)).body).toMatchObject({
      kind: 'staff',
      name: 'Administrator',
      roles: ['admin'],
    });
    expect(await visitor.session()).toMatchObject({ kind: 'staff' });
    const again = await nobody().enter('/v1/session/login', { user: 'erika', password: PASSWORD });
    expect(again).toMatchObject({ status: 200, body: { kind: 'staff' } });
  });

  it('is offered no more once somebody can keep the accounts', () => {
    expect(accounts().firstLink()).toBeUndefined();
  });
});

describe('a set-up link', () => {
  const setUp = (token: string, change: object = {}) =>
    nobody().enter('/v1/session/setup', { token, user: 'max', password: PASSWORD, ...change });

  it('works once, and not after it has expired', async () => {
    const { link } = accounts().invite('Max', ['dpo']);
    expect((await setUp(link.token)).status).toBe(200);
    expect((await setUp(link.token)).body).toMatchObject({ status: 410, code: 'SET_UP_LINK_ENDED' });
    const late = accounts().invite('Late', ['dpo']);
    passed += 72 * 60 * MINUTE;
    expect((await setUp(late.link.token)).body).toMatchObject({ code: 'SET_UP_LINK_ENDED' });
  });

  it('takes neither an easy password nor the user name of another account, and works afterwards', async () => {
    const { link } = accounts().invite('Mia', ['dpo']);
    for (const password of ['too short', 'aaaaaaaaaaaaaaaaaaaa', 'my name is mia2 as you know'])
      expect((await setUp(link.token, { user: 'mia2', password })).body).toMatchObject({
        status: 422,
        code: 'PASSWORD_TOO_EASY',
        nextStep: expect.any(String),
      });
    expect((await setUp(link.token, { user: 'MAX' })).body).toMatchObject({
      status: 409,
      code: 'USER_TAKEN',
    });
    expect((await setUp(link.token, { user: 'mia2' })).status).toBe(200);
  });
});

describe('the session of a member of staff', () => {
  it('lets in where the role does, and nowhere else', async () => {
    const dpo = await staffVisitor(http, 'dpo');
    expect((await dpo.get('/v1/requests')).status).toBe(200);
    expect((await dpo.get('/v1/models')).body).toMatchObject({ status: 403, code: 'ROLE_NOT_GRANTED' });
  });

  it('ends when it is left alone for half an hour, and after ten hours whatever happens', async () => {
    const left = await staffVisitor(http, 'dpo');
    const used = await staffVisitor(http, 'dpo');
    passed += 29 * MINUTE;
    expect((await used.get('/v1/requests')).status).toBe(200);
    passed += 2 * MINUTE;
    expect((await left.get('/v1/requests')).status).toBe(401);
    expect((await used.get('/v1/requests')).status).toBe(200);
    for (let gone = 31; gone < 600; gone += 20) {
      passed += 20 * MINUTE;
      await used.get('/v1/requests');
    }
    expect((await used.get('/v1/requests')).status).toBe(401);
    expect(await used.session()).toMatchObject({ kind: 'none' });
  });

  it('has a new token after every sign-in, so that one that was planted opens nothing', async () => {
    const attacker = nobody();
    const { csrf } = await attacker.session();
    const planted = attacker.cookies.get('lacuna-session')!;
    const { account, link } = accounts().invite('Victim', ['dpo']);
    const victim = nobody();
    victim.cookies.set('lacuna-session', planted);
    victim.csrf = csrf;
    const body = { token: link.token, user: account.staffId, password: PASSWORD };
    expect((await victim.enter('/v1/session/setup', body)).status).toBe(200);
    expect(victim.cookies.get('lacuna-session')).not.toBe(planted);
    expect((await victim.get('/v1/requests')).status).toBe(200);
    expect((await attacker.get('/v1/requests')).status).toBe(401);
    const before = victim.cookies.get('lacuna-session')!;
    await victim.enter('/v1/session/login', { user: account.staffId, password: PASSWORD });
    const old = nobody();
    old.cookies.set('lacuna-session', before);
    expect((await old.get('/v1/requests')).status).toBe(401);
  });

  it('is kept in a cookie that no script and no other site can use, and in the file as a hash', async () => {
    const dpo = await staffVisitor(http, 'dpo');
    const token = dpo.cookies.get('lacuna-session')!;
    const reply = await nobody().get('/v1/session');
    const [cookie] = reply.headers.getSetCookie();
    expect(cookie).toMatch(/; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(reply.headers.get('cache-control')).toBe('no-store');
    const file = readFileSync(`${http.installation.folder.paths.access}`);
    const log = readFileSync(`${http.installation.folder.paths.access}-wal`);
    for (const bytes of [file, log]) {
      expect(bytes.includes(token)).toBe(false);
      expect(bytes.includes('Staff with')).toBe(false);
    }
  });

  it('changes nothing without its own CSRF token', async () => {
    const admin = await staffVisitor(http, 'admin');
    const other = await staffVisitor(http, 'admin');
    const invitation = { name: 'New', roles: ['dpo'] };
    const { csrf } = admin;
    for (const wrong of ['', other.csrf, csrf.slice(1)]) {
      admin.csrf = wrong;
      expect((await admin.post('/v1/staff', invitation)).body).toMatchObject({ code: 'CSRF_TOKEN_WRONG' });
    }
    admin.csrf = csrf;
    admin.headers.origin = 'https://evil.example';
    expect((await admin.post('/v1/staff', invitation)).body).toMatchObject({ code: 'CROSS_SITE_REQUEST' });
    delete admin.headers.origin;
    expect((await admin.post('/v1/staff', invitation)).status).toBe(201);
  });

  it('cannot be opened in somebody’s browser by another site', async () => {
    const { account, link } = accounts().invite('Attacker', ['dpo']);
    const body = { token: link.token, user: account.staffId, password: PASSWORD };
    const victim = nobody();
    await victim.session();
    victim.csrf = '';
    victim.headers['x-lacuna-csrf'] = 'guess';
    expect((await victim.post('/v1/session/setup', body)).body).toMatchObject({ code: 'CSRF_TOKEN_WRONG' });
  });

  it('is over after signing out', async () => {
    const dpo = await staffVisitor(http, 'dpo');
    const stolen = nobody();
    stolen.cookies.set('lacuna-session', dpo.cookies.get('lacuna-session')!);
    expect((await dpo.post('/v1/session/logout')).status).toBe(204);
    expect((await stolen.get('/v1/requests')).status).toBe(401);
    expect(await dpo.session()).toMatchObject({ kind: 'none' });
  });
});

describe('a password', () => {
  it('is changed by whoever knows it, and ends every other session of the account', async () => {
    const dpo = await staffVisitor(http, 'dpo');
    const { staffId } = (await dpo.session()) as Extract<SessionView, { kind: 'staff' }>;
    const elsewhere = nobody();
    await elsewhere.enter('/v1/session/login', { user: staffId, password: PASSWORD });
    const next = 'another fine sentence of words';
    const wrong = await dpo.enter('/v1/session/password', { current: 'wrong', next });
    expect(wrong.body).toMatchObject({ status: 401, code: 'CREDENTIALS_WRONG' });
    const changed = await dpo.enter('/v1/session/password', { current: PASSWORD, next });
    expect(changed).toMatchObject({ status: 200, body: { kind: 'staff', staffId } });
    expect((await elsewhere.get('/v1/requests')).status).toBe(401);
    expect((await dpo.get('/v1/requests')).status).toBe(200);
    const old = await nobody().enter('/v1/session/login', { user: staffId, password: PASSWORD });
    expect(old.body).toMatchObject({ code: 'CREDENTIALS_WRONG' });
  });

  it('cannot be guessed for long, from one place or from many, and the right one then waits too', async () => {
    const { account, link } = accounts().invite('Target', ['dpo']);
    const user = account.staffId;
    await nobody().enter('/v1/session/setup', { token: link.token, user, password: PASSWORD });
    const guesser = nobody();
    const tries = async (visitor: Visitor, password: string) =>
      (await visitor.enter('/v1/session/login', { user, password })).status;
    for (let n = 0; n < 5; n++) expect(await tries(guesser, `guess number ${n}`)).toBe(401);
    expect(await tries(guesser, PASSWORD)).toBe(401);
    expect(await tries(nobody(), PASSWORD)).toBe(200); // the owner, from another place
    for (let n = 0; n < 30; n++) await tries(nobody(), `guess from place ${n}`);
    expect(await tries(nobody(), PASSWORD)).toBe(401);
  });

  it('that is wrong, of a user nobody knows, or of a disabled account, are one answer', async () => {
    const dpo = await staffVisitor(http, 'dpo');
    const { staffId } = (await dpo.session()) as Extract<SessionView, { kind: 'staff' }>;
    const disabled = accounts().invite('Gone', ['dpo']);
    await nobody().enter('/v1/session/setup', {
      token: disabled.link.token,
      user: 'gone',
      password: PASSWORD,
    });
    accounts().change(disabled.account.staffId, { disabled: true });
    const answers = [];
    for (const [user, password] of [
      [staffId, 'not the password'],
      ['nobody-of-that-name', PASSWORD],
      ['gone', PASSWORD],
    ])
      answers.push((await nobody().enter('/v1/session/login', { user, password })).body);
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
  });
});

describe('those who keep the accounts', () => {
  it('invite, change, disable and reset, at once', async () => {
    const admin = await staffVisitor(http, 'admin');
    const invited = await admin.post('/v1/staff', { name: 'Nina', roles: ['dpo'] });
    const { staff, setUpLink } = invited.body as { staff: { staffId: string }; setUpLink: string };
    expect(setUpLink).toMatch(/^http:\/\/localhost:8080\/staff\/set-up#[A-Za-z0-9_-]{43}$/);
    const nina = nobody();
    const [, token] = setUpLink.split('#');
    await nina.enter('/v1/session/setup', { token, user: 'nina', password: PASSWORD });
    expect((await nina.get('/v1/requests')).status).toBe(200);
    const route = `/v1/staff/${staff.staffId}`;
    expect((await admin.patch(route, { roles: ['auditor'] })).body).toMatchObject({ roles: ['auditor'] });
    expect((await nina.get('/v1/requests')).status).toBe(403);
    expect((await nina.get('/v1/models')).status).toBe(200);
    await admin.patch(route, { disabled: true });
    expect((await nina.get('/v1/models')).status).toBe(401);
    await admin.patch(route, { disabled: false });
    expect((await nina.get('/v1/models')).status).toBe(401);
    const reset = (await admin.post(`${route}/reset`)).body as { setUpLink: string };
    const login = await nobody().enter('/v1/session/login', { user: 'nina', password: PASSWORD });
    expect(login.status).toBe(401);
    const again = { token: reset.setUpLink.split('#')[1], user: 'nina', password: PASSWORD };
    expect((await nina.enter('/v1/session/setup', again)).body).toMatchObject({ name: 'Nina' });
  });

  it('cannot leave nobody behind', async () => {
    const folder = folders.next();
    const alone = await HttpClient.open(folder);
    const admin = await staffVisitor(alone, 'admin');
    const { staffId } = (await admin.session()) as Extract<SessionView, { kind: 'staff' }>;
    for (const change of [{ disabled: true }, { roles: ['dpo'] }])
      expect((await admin.patch(`/v1/staff/${staffId}`, change)).body).toMatchObject({
        status: 409,
        code: 'LAST_ADMIN',
      });
    await alone.close();
  });

  it.each([
    ['post', '/v1/staff', { name: 'X', roles: ['ingest'] }, 400, 'REQUEST_MALFORMED'],
    ['post', '/v1/staff', { name: 'X', roles: [] }, 400, 'REQUEST_MALFORMED'],
    ['patch', '/v1/staff/staff-none', { disabled: true }, 404, 'ACCOUNT_UNKNOWN'],
    ['post', '/v1/staff/staff-none/reset', {}, 404, 'ACCOUNT_UNKNOWN'],
  ] as const)('are told what is wrong with %s %s %o', async (method, route, body, status, code) => {
    const admin = await staffVisitor(http, 'admin');
    expect((await admin[method](route, body)).body).toMatchObject({ status, code });
  });
});

describe('what staff do', () => {
  it('is written down by pseudonym, without a name, for administrators and auditors to read', async () => {
    const dpo = await staffVisitor(http, 'dpo');
    const auditor = await staffVisitor(http, 'auditor');
    const { staffId } = (await dpo.session()) as Extract<SessionView, { kind: 'staff' }>;
    await dpo.get(`/v1/subjects/${PEOPLE[0]}/records`);
    await dpo.get(`/v1/subjects/${PEOPLE[0]}/records`);
    const { rows, total } = (await auditor.get('/v1/staff/audit?size=3')).body as {
      rows: Record<string, unknown>[];
      total: number;
    };
    expect(total).toBeGreaterThan(10);
    expect(rows).toMatchObject([
      { staffId, action: 'records.read' },
      { staffId, action: 'records.read' },
      { action: 'account.set-up' },
    ]);
    expect(JSON.stringify(rows)).not.toContain(PEOPLE[0]);
    expect((await dpo.get('/v1/staff/audit')).status).toBe(403);
    for await (const event of http.installation.store.readStream(staffId))
      expect(Object.keys(event.data as object).sort()).toEqual(['actedAt', 'action', 'staffId']);
  });

  it('names the account that it is about', async () => {
    const admin = await staffVisitor(http, 'admin');
    const { account } = accounts().invite('About', ['dpo']);
    await admin.patch(`/v1/staff/${account.staffId}`, { roles: ['engineer'] });
    const { rows } = (await admin.get('/v1/staff/audit?size=1')).body as { rows: unknown[] };
    expect(rows).toMatchObject([{ action: 'account.change', about: account.staffId }]);
  });
});
