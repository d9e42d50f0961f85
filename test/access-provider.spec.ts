import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { SessionView } from '#libs/portal-contract';
import { HttpClient } from './support/http-client.js';
import { OidcProvider, type Misdeed } from './support/oidc-provider.js';
import { TemporaryFolders } from './support/small-installation.js';
import { Visitor, type Reply } from './support/visitor.js';

const AUDIENCE = 'urn:test:api';
const folders = new TemporaryFolders();
let provider: OidcProvider;
let http: HttpClient;

beforeAll(async () => {
  provider = await OidcProvider.open('portal', 'secret of the client');
  http = await HttpClient.open(folders.next(), {
    now: () => new Date(),
    oidc: {
      issuer: provider.issuer,
      clientId: 'portal',
      clientSecret: 'secret of the client',
      label: 'Company',
      rolesClaim: 'roles',
      roles: { dpo: 'dpo', 'privacy-audit': 'auditor', feeders: 'ingest' },
      audience: AUDIENCE,
    },
  });
});
afterAll(async () => {
  await http.close();
  await provider.close();
  folders.remove();
});
beforeEach(() => {
  provider.misdeed = undefined;
  provider.user = { sub: 'u1', name: 'Olga', roles: ['dpo'] };
});

/** What the browser does: to the provider, and back with what the provider says. */
async function throughProvider(visitor: Visitor): Promise<Reply> {
  const start = await visitor.get('/v1/session/oidc/start');
  const asked = await fetch(start.headers.get('location')!, { redirect: 'manual' });
  const back = new URL(asked.headers.get('location')!);
  return visitor.get(`${back.pathname}${back.search}`);
}

/** Browsers, not programs, come back: the page where one signs in tells what went wrong. */
const toldAs = (code: string) => (reply: Reply) =>
  expect([reply.status, reply.headers.get('location')]).toEqual([303, `/staff/sign-in?refused=${code}`]);
const failed = toldAs('OIDC_SIGN_IN_FAILED');

describe('signing in at the identity provider', () => {
  it('is offered by the portal', async () => {
    const { body } = await new Visitor(http.url).get('/v1/portal/config');
    expect(body).toMatchObject({ oidc: { label: 'Company' } });
  });

  it('asks for a code with PKCE, state and nonce, and remembers them in a cookie of its own', async () => {
    const visitor = new Visitor(http.url);
    const { headers } = await visitor.get('/v1/session/oidc/start');
    const { searchParams } = new URL(headers.get('location')!);
    expect(Object.fromEntries(searchParams)).toMatchObject({
      response_type: 'code',
      client_id: 'portal',
      redirect_uri: 'http://localhost:8080/v1/session/oidc/callback',
      scope: 'openid profile',
      code_challenge_method: 'S256',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
    });
    expect(headers.getSetCookie().join()).toMatch(
      /lacuna-oidc=.*Path=\/v1\/session\/oidc;.*HttpOnly; SameSite=Lax/,
    );
    expect(visitor.cookies.get('lacuna-oidc')).not.toContain(searchParams.get('state'));
  });

  it('opens a session with the roles that the provider grants, in the same account each time', async () => {
    const visitor = new Visitor(http.url);
    expect(await throughProvider(visitor)).toMatchObject({ status: 302 });
    const first = (await visitor.session()) as Extract<SessionView, { kind: 'staff' }>;
    expect(first).toMatchObject({ kind: 'staff', name: 'Olga', roles: ['dpo'] });
    expect((await visitor.get('/v1/requests')).status).toBe(200);
    provider.user = { sub: 'u1', name: 'Olga the Second', roles: ['privacy-audit', 'unknown'] };
    await throughProvider(visitor);
    expect(await visitor.session()).toMatchObject({
      staffId: first.staffId,
      name: 'Olga the Second',
      roles: ['auditor'],
    });
    expect((await visitor.get('/v1/requests')).status).toBe(403);
  });

  it('opens none without a role here, or for an account that was disabled', async () => {
    provider.user = { sub: 'u2', name: 'Otto', roles: ['feeders', 'constructor'] };
    const otto = new Visitor(http.url);
    toldAs('OIDC_ROLE_MISSING')(await throughProvider(otto));
    expect(await otto.session()).toMatchObject({ kind: 'none' });
    provider.user = { sub: 'u3', name: 'Ona', roles: ['dpo'] };
    const ona = new Visitor(http.url);
    await throughProvider(ona);
    const { staffId } = (await ona.session()) as Extract<SessionView, { kind: 'staff' }>;
    http.installation.access.accounts.change(staffId, { disabled: true });
    toldAs('ACCOUNT_DISABLED')(await throughProvider(ona));
    expect(await ona.session()).toMatchObject({ kind: 'none' });
  });

  it.each<Misdeed>(['other-nonce', 'other-audience', 'other-key', 'expired'])(
    'opens none when the provider’s token has %s',
    async (misdeed) => {
      provider.misdeed = misdeed;
      const visitor = new Visitor(http.url);
      failed(await throughProvider(visitor));
      expect(await visitor.session()).toMatchObject({ kind: 'none' });
    },
  );

  it('opens none in another browser, with another state, or twice', async () => {
    const visitor = new Visitor(http.url);
    const start = await visitor.get('/v1/session/oidc/start');
    const asked = await fetch(start.headers.get('location')!, { redirect: 'manual' });
    const { pathname, searchParams } = new URL(asked.headers.get('location')!);
    const flow = visitor.cookies.get('lacuna-oidc')!;
    const stranger = new Visitor(http.url);
    failed(await stranger.get(`${pathname}?${searchParams}`));
    const otherState = new URLSearchParams(searchParams);
    otherState.set('state', 'of-somebody-else');
    failed(await visitor.get(`${pathname}?${otherState}`));
    visitor.cookies.set('lacuna-oidc', flow);
    expect((await visitor.get(`${pathname}?${searchParams}`)).status).toBe(302);
    visitor.cookies.set('lacuna-oidc', flow);
    failed(await visitor.get(`${pathname}?${searchParams}`));
  });
});

describe('where there is no provider', () => {
  it('sends whoever asks for it back to user name and password', async () => {
    const other = await HttpClient.open(folders.next());
    const visitor = new Visitor(other.url);
    toldAs('OIDC_NOT_CONFIGURED')(await visitor.get('/v1/session/oidc/start'));
    await other.close();
  });
});

describe('where the provider does not answer', () => {
  it('says so where one signs in, and tells the operator why', async () => {
    const other = await HttpClient.open(folders.next(), {
      oidc: {
        issuer: 'http://127.0.0.1:1',
        clientId: 'portal',
        clientSecret: 's',
        label: 'Company',
        rolesClaim: 'roles',
        roles: {},
      },
    });
    const visitor = new Visitor(other.url);
    toldAs('OIDC_PROVIDER_UNREACHABLE')(await visitor.get('/v1/session/oidc/start'));
    expect(other.log).toContain('OIDC_PROVIDER_UNREACHABLE');
    await other.close();
  });
});

describe('a machine with an access token of the provider', () => {
  const withToken = async (token: string) =>
    (await http.call(undefined, 'post', '/v1/items', { token, body: [] })).status;

  it('may do what its roles allow', async () => {
    const token = await provider.sign({ sub: 'feeder', aud: AUDIENCE, roles: ['feeders'] });
    expect(await withToken(token)).toBe(200);
    expect((await http.call(undefined, 'get', '/v1/requests', { token })).status).toBe(403);
  });

  it.each([
    ['another audience', { aud: 'portal' }],
    ['another issuer', { iss: 'https://evil.example' }],
    ['an end that has passed', { exp: 1 }],
  ])('is nobody with %s', async (_, claims) => {
    expect(await withToken(await provider.sign({ aud: AUDIENCE, roles: ['feeders'], ...claims }))).toBe(401);
  });

  it('is nobody with a token that was changed or is not signed', async () => {
    const token = await provider.sign({ aud: AUDIENCE, roles: ['feeders'] });
    const [header, , signature] = token.split('.');
    const payload = Buffer.from(JSON.stringify({ aud: AUDIENCE, roles: ['feeders'] })).toString('base64url');
    const none = Buffer.from('{"alg":"none"}').toString('base64url');
    expect(await withToken(`${header}.${payload}.${signature}`)).toBe(401);
    expect(await withToken(`${none}.${payload}.`)).toBe(401);
  });
});
