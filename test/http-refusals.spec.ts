import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Role } from '#platform/callers';
import { HttpClient, type Method } from './support/http-client.js';
import { interactionsOf, PEOPLE, populate, TemporaryFolders } from './support/small-installation.js';

const folders = new TemporaryFolders();
const WITHDRAWAL = '7f1d9b1e-0000-4000-8000-000000000001';
const ERASURE = '7f1d9b1e-0000-4000-8000-000000000002';
const NOBODYS = '7f1d9b1e-0000-4000-8000-00000000000f';
const STRANGER = 'stranger@example.org';
const [ANA, BEN, EVA] = PEOPLE;
const [rating] = interactionsOf([ANA]);

let http: HttpClient;
beforeAll(async () => {
  http = await HttpClient.open(folders.next());
  await populate(http.installation);
  await http.post('admin', '/v1/models/train', {}, 201);
  const horror = { subject: BEN, categories: ['Horror'], requestId: WITHDRAWAL };
  await http.post('dpo', '/v1/requests/withdrawals', horror, 202);
  await http.post('dpo', '/v1/requests/erasures', { subject: EVA, requestId: ERASURE }, 202);
  await http.closed(WITHDRAWAL);
  await http.closed(ERASURE);
});
afterAll(async () => {
  await http.close();
  folders.remove();
});

describe('an error over HTTP', () => {
  const erasures = 'post /v1/requests/erasures';
  const withdrawals = 'post /v1/requests/withdrawals';
  // prettier-ignore
  const refusals: readonly [string, Role, string, object | undefined, number, string][] = [
    ['a person nobody knows', 'serve', `get /v1/recommendations/${STRANGER}`, undefined, 404, 'SUBJECT_UNKNOWN'],
    ['a person who was erased', 'serve', `get /v1/recommendations/${EVA}`, undefined, 404, 'SUBJECT_UNKNOWN'],
    ['a stranger’s erasure', 'dpo', erasures, { subject: STRANGER }, 404, 'SUBJECT_UNKNOWN'],
    ['a k of none', 'serve', `get /v1/recommendations/${ANA}?k=0`, undefined, 400, 'K_OUT_OF_RANGE'],
    ['a k without end', 'serve', `get /v1/recommendations/${ANA}?k=1001`, undefined, 400, 'K_OUT_OF_RANGE'],
    ['a k in letters', 'serve', `get /v1/recommendations/${ANA}?k=ten`, undefined, 400, 'REQUEST_MALFORMED'],
    ['half a k', 'serve', `get /v1/recommendations/${ANA}?k=0.5`, undefined, 400, 'REQUEST_MALFORMED'],
    ['an unknown item', 'ingest', 'post /v1/interactions', { ...rating, item: 'none' }, 404, 'ITEM_UNKNOWN'],
    ['a stranger’s rating', 'ingest', 'post /v1/interactions', { ...rating, subject: STRANGER }, 404, 'SUBJECT_UNKNOWN'],
    ['an unknown item’s withdrawal', 'ingest', 'delete /v1/items/none', undefined, 404, 'ITEM_UNKNOWN'],
    ['an unknown field', 'dpo', erasures, { subject: ANA, mood: STRANGER }, 400, 'REQUEST_MALFORMED'],
    ['a field of another type', 'dpo', erasures, { subject: [ANA] }, 400, 'REQUEST_MALFORMED'],
    ['a withdrawal of nothing', 'dpo', withdrawals, { subject: ANA }, 400, 'SCOPE_EMPTY'],
    ['a period in reverse', 'dpo', withdrawals, { subject: ANA, from: '2026-01-02', until: '2026-01-01' }, 400, 'SCOPE_PERIOD_REVERSED'],
    ['an unknown request', 'dpo', `get /v1/requests/${NOBODYS}`, undefined, 404, 'REQUEST_UNKNOWN'],
    ['an unknown request’s certificate', 'dpo', `get /v1/requests/${NOBODYS}/certificate`, undefined, 404, 'REQUEST_UNKNOWN'],
    ['an unknown request’s proofs', 'dpo', `get /v1/requests/${NOBODYS}/certificate/proofs`, undefined, 404, 'REQUEST_UNKNOWN'],
    ['a post-quantum recipient', 'dpo', erasures, { subject: ANA, receiptRecipient: 'age1pq1qqqq' }, 400, 'RECIPIENT_NOT_X25519'],
    ['openings that nobody asked for', 'dpo', `get /v1/requests/${ERASURE}/receipt-openings`, undefined, 404, 'RECEIPT_NOT_KEPT'],
    ['an unknown request’s openings', 'dpo', `get /v1/requests/${NOBODYS}/receipt-openings`, undefined, 404, 'REQUEST_UNKNOWN'],
    ['their removal', 'dpo', `delete /v1/requests/${NOBODYS}/receipt-openings`, undefined, 404, 'REQUEST_UNKNOWN'],
    ['a request id that is none', 'dpo', 'get /v1/requests/..%2f..%2fkek.key', undefined, 400, 'REQUEST_MALFORMED'],
    ['a request id that is used', 'dpo', erasures, { subject: ANA, requestId: WITHDRAWAL }, 409, 'REQUEST_ID_REUSED'],
    ['an id of another scope', 'dpo', withdrawals, { subject: BEN, items: ['i1'], requestId: WITHDRAWAL }, 409, 'REQUEST_ID_REUSED'],
    ['an id of somebody’s erasure', 'dpo', erasures, { subject: ANA, requestId: ERASURE }, 409, 'REQUEST_ID_REUSED'],
    ['an unknown line', 'auditor', 'get /v1/models/none', undefined, 404, 'LINE_UNKNOWN'],
    ['an unknown version', 'auditor', 'get /v1/models/main/versions/99/manifest', undefined, 404, 'VERSION_UNKNOWN'],
    ['an unknown path', 'admin', 'get /v1/none', undefined, 404, 'ROUTE_NOT_FOUND'],
  ];

  it.each(refusals)(
    'about %s has a code, a next step, and nothing personal',
    async (_, role, operation, sent, status, code) => {
      const [method, route] = operation.split(' ') as [Method, string];
      const answer = await http.call(role, method, route, { body: sent });
      expect(answer).toMatchObject({
        status,
        headers: { 'content-type': 'application/problem+json' },
        body: { status, code, type: `urn:lacuna:problem:${code}`, nextStep: expect.any(String) },
      });
      for (const personal of [STRANGER, ...PEOPLE]) expect(answer.text).not.toContain(personal);
    },
  );

  it('about a body that is not JSON does not quote it', async () => {
    const { status, body, text } = await http.call('dpo', 'post', '/v1/requests/erasures', {
      type: 'application/json',
      body: `{"subject":"${STRANGER}`,
    });
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'BODY_NOT_JSON', nextStep: expect.any(String) });
    expect(text).not.toContain('stranger');
  });

  it('says that there is no certificate of a request that was refused', async () => {
    const nothing = { subject: ANA, categories: ['Western'], requestId: NOBODYS.replace('f', 'e') };
    await http.post('dpo', '/v1/requests/withdrawals', nothing, 202);
    expect(await http.closed(nothing.requestId)).toMatchObject({
      status: 'closed-refused',
      refusedBecause: 'NO_RECORD_IN_SCOPE',
    });
    for (const what of ['certificate', 'certificate/proofs']) {
      const problem = await http.get('dpo', `/v1/requests/${nothing.requestId}/${what}`, 404);
      expect(problem).toMatchObject({ code: 'CERTIFICATE_NOT_ISSUED', nextStep: expect.any(String) });
    }
  });

  it('leaves nothing personal in the log of the server', () => {
    for (const personal of [STRANGER, ...PEOPLE]) expect(http.log).not.toContain(personal);
  });
});
