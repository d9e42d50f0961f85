import { generateKeyPairSync, sign } from 'node:crypto';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DEFAULT_SETTINGS } from '../apps/installation/settings.js';
import { HttpClient } from './support/http-client.js';
import { interactionsOf, PEOPLE, populate, TemporaryFolders } from './support/small-installation.js';

const folders = new TemporaryFolders();
const agent = generateKeyPairSync('ed25519');
const verifyKey = agent.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64');
const ID = 'a7551968-d5d6-44b2-9831-815ac9017798';
const ACCESS = '0b7e1f0a-5d1c-4d0e-9f57-3c1f7d2f4a11';
const request = {
  regulation: 'gdpr',
  subject_request_id: ID,
  subject_request_type: 'erasure',
  submitted_time: '2026-01-30T15:00:00Z',
  subject_identities: [
    { identity_type: 'controller_customer_id', identity_value: PEOPLE[1], identity_format: 'raw' },
  ],
};

let http: HttpClient;
beforeAll(async () => {
  const folder = folders.next();
  mkdirSync(folder);
  for (const name of ['certificate', 'key'])
    copyFileSync(`test/vectors/opendsr/${name}.pem`, path.join(folder, `opendsr-${name}.pem`));
  const settings = {
    ...DEFAULT_SETTINGS,
    opendsr: { controllerId: 'shop', domain: 'privacy.example.com' },
    drp: { businessId: 'SHOP', agents: [{ id: 'AGENT', verifyKey }] },
  };
  writeFileSync(path.join(folder, 'lacuna.json'), JSON.stringify(settings));
  http = await HttpClient.open(folder);
  await populate(http.installation, interactionsOf(PEOPLE.slice(0, 3)));
});
afterAll(async () => {
  await http.close();
  folders.remove();
});

describe('OpenDSR over HTTP', () => {
  it('is found, takes a request, follows it and answers errors in its own form', async () => {
    const found = await http.call(undefined, 'get', '/opendsr/v2/discovery');
    expect(found).toMatchObject({ status: 200, body: { api_version: '2.0' } });
    const sent = await http.call('rights', 'post', '/opendsr/requests', { body: request });
    expect(sent).toMatchObject({
      status: 201,
      headers: {
        'x-opendsr-signature': expect.any(String),
        'x-opendsr-processor-domain': 'privacy.example.com',
      },
      body: {
        subject_request_id: ID,
        encoded_request: Buffer.from(JSON.stringify(request)).toString('base64'),
      },
    });
    const status = await http.call('rights', 'get', `/opendsr/requests/${ID}`);
    expect(status).toMatchObject({ status: 200, body: { subject_request_id: ID, api_version: '2.0' } });
    const refused = await http.call('rights', 'post', '/opendsr/requests', {
      body: { ...request, regulation: 'x' },
    });
    expect(refused).toMatchObject({
      status: 400,
      body: { error: { code: 400, errors: [{ reason: 'OPENDSR_FIELD_INVALID' }] } },
    });
  });

  it('links to everything that is held about the person, for whoever has the link and nobody else', async () => {
    const body = { ...request, subject_request_id: ACCESS, subject_request_type: 'access' };
    await http.call('rights', 'post', '/opendsr/requests', { body });
    await http.closed(ACCESS);
    const status = await http.call('rights', 'get', `/opendsr/requests/${ACCESS}`);
    const { results_url: url } = status.body as { results_url: string };
    const route = new URL(url).pathname;
    expect(url).toBe(`https://privacy.example.com${route}`);
    const found = await http.call(undefined, 'get', route);
    expect(found).toMatchObject({
      status: 200,
      headers: {
        'cache-control': 'no-store',
        'content-disposition': 'attachment; filename="export.json"',
        'referrer-policy': 'no-referrer',
      },
      body: { requests: expect.arrayContaining([expect.objectContaining({ requestId: ACCESS })]) },
    });
    expect((found.body as { records: unknown[] }).records.length).toBeGreaterThan(0);
    const table = await http.call(undefined, 'get', `${route}?format=csv`);
    expect(table.headers['content-type']).toBe('text/csv; charset=utf-8');
    expect(table.text.split('\n')[0]).toContain('section,time,item');
    for (const wrong of [route.replace(ACCESS, ID), `${route}A`, `/v1/results/${ACCESS}`])
      expect(await http.call(undefined, 'get', wrong)).toMatchObject({
        status: 404,
        body: { code: 'RESULT_LINK_UNKNOWN' },
      });
    expect(http.log).not.toContain(route.split('.').at(-1)!);
  });

  it('shows the request to officers as one of theirs', async () => {
    expect(await http.get('dpo', `/v1/requests/${ID}`)).toMatchObject({
      kind: 'erasure',
      channel: 'opendsr',
    });
  });
});

describe('the Data Rights Protocol over HTTP', () => {
  const message = (claims: object): string => {
    const text = Buffer.from(
      JSON.stringify({
        'agent-id': 'AGENT',
        'business-id': 'SHOP',
        'issued-at': '2026-01-31T09:59:00.000Z',
        'expires-at': '2026-01-31T10:09:00.000Z',
        'drp.version': '1.0',
        ...claims,
      }),
    );
    return Buffer.concat([sign(null, text, agent.privateKey), text]).toString('base64');
  };
  const post = (route: string, body: string, token?: string) =>
    http.call(undefined, 'post', route, { body, type: 'text/plain', token });

  it('gives a token for a signature, and takes signed requests with it', async () => {
    http.installation.vault.addAlias(
      http.installation.vault.findSubject(PEOPLE[2])!,
      'eva@example.org',
      'email',
    );
    const setUp = await post('/v1/agent/AGENT', message({}));
    expect(setUp).toMatchObject({ status: 200, body: { 'agent-id': 'AGENT', token: expect.any(String) } });
    const { token } = setUp.body as { token: string };
    const claims = { exercise: 'access', email: 'eva@example.org', email_verified: true };
    const exercised = await post('/v1/data-rights-request', message(claims), token);
    expect(exercised).toMatchObject({ status: 200, body: { request_id: expect.any(String) } });
    const { request_id: id } = exercised.body as { request_id: string };
    expect(await http.call(undefined, 'get', `/v1/data-rights-request/${id}`, { token })).toMatchObject({
      status: 200,
    });
    expect(await post('/v1/data-rights-request', message(claims), token)).toMatchObject({
      status: 409,
      body: { code: '409', fatal: true, message: expect.stringContaining('DRP_REPLAYED') },
    });
  });

  it('answers a set-up that failed with nothing but 403', async () => {
    expect(await post('/v1/agent/AGENT', 'AAAA')).toMatchObject({ status: 403, text: '' });
    expect(await http.call(undefined, 'get', '/v1/agent/AGENT', { token: 'x' })).toMatchObject({
      status: 403,
      body: { code: '403' },
    });
  });
});

describe('consents and register over HTTP', () => {
  it('are handed out to officers', async () => {
    const consents = await http.call('dpo', 'get', `/v1/subjects/${PEOPLE[0]}/consents.jsonld`);
    expect(consents.headers['content-type']).toContain('application/ld+json');
    expect(consents.body).toMatchObject({ '@graph': [{ '@type': 'dpv:ConsentRecord' }] });
    const register = await http.call(
      'dpo',
      'get',
      '/v1/register?format=csv&from=2026-01-01&until=2026-12-31',
    );
    expect(register.text.split('\r\n')[0]).toBe(
      '\ufeffmonth,kind,received,completed,refused,cancelled,extended,overdue,medianDays',
    );
    expect(register.text).toContain('2026-01,erasure,1,');
  });
});
