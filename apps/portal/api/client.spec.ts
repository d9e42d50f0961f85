import { describe, expect, it } from '@jest/globals';
import { createClient, withQuery } from './client.js';

interface Sent {
  readonly path: string;
  readonly init: RequestInit;
}

/** A client whose server always answers this. */
function clientOf(answer: () => Response | Promise<Response>, csrf = 'token-1') {
  const sent: Sent[] = [];
  const fetch = async (path: unknown, init: unknown) => {
    sent.push({ path: path as string, init: init as RequestInit });
    return answer();
  };
  return { client: createClient({ csrf: () => csrf, renewCsrf: async () => 'token-2', fetch }), sent };
}

const problem = (status: number, body: unknown) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/problem+json' } });

describe('a call of the server', () => {
  it('carries the session’s token when it changes something', async () => {
    const { client, sent } = clientOf(() => Response.json({ granted: false }));
    expect(await client.put('/v1/me/consents/ads', { granted: false })).toEqual({ granted: false });
    expect(sent[0].init).toMatchObject({
      method: 'PUT',
      body: '{"granted":false}',
      headers: { 'x-lacuna-csrf': 'token-1', 'content-type': 'application/json' },
    });
  });

  it('carries no token when it only reads', async () => {
    const { client, sent } = clientOf(() => Response.json([]));
    await client.get('/v1/me/records', { page: 2, search: '', category: undefined });
    expect(sent[0].path).toBe('/v1/me/records?page=2');
    expect(sent[0].init.headers).toEqual({ accept: 'application/json' });
  });

  it('that was refused says why, and what to do', async () => {
    const { client } = clientOf(() =>
      problem(409, {
        code: 'GRACE_OVER',
        title: 'Too late',
        nextStep: 'Ask us.',
        facts: { hours: 2, list: [] },
      }),
    );
    await expect(client.post('/v1/me/requests/r1/cancel')).rejects.toMatchObject({
      code: 'GRACE_OVER',
      message: 'Too late',
      nextStep: 'Ask us.',
      status: 409,
      facts: { hours: 2 },
    });
  });

  it.each([
    ['a proxy refused', () => new Response('<html>', { status: 502 }), 'HTTP_502'],
    ['got no answer', () => Promise.reject(new TypeError('failed to fetch')), 'SERVER_UNREACHABLE'],
    ['got something else than JSON', () => new Response('<html>'), 'ANSWER_UNREADABLE'],
  ])('that %s has a code too', async (_, answer, code) => {
    await expect(clientOf(answer).client.get('/v1/me')).rejects.toMatchObject({ code });
  });

  it('whose token another tab has replaced is repeated once, with the new one', async () => {
    const { client, sent } = clientOf(() => problem(403, { code: 'CSRF_TOKEN_WRONG', title: 'Wrong' }));
    await expect(client.post('/v1/session/logout')).rejects.toMatchObject({ code: 'CSRF_TOKEN_WRONG' });
    expect(sent.map(({ init }) => (init.headers as Record<string, string>)['x-lacuna-csrf'])).toEqual([
      'token-1',
      'token-2',
    ]);
  });

  it('without content gives nothing', async () => {
    const { client } = clientOf(() => new Response(null, { status: 204 }));
    expect(await client.post('/v1/session/logout')).toBeUndefined();
  });

  it('for a file gives its bytes', async () => {
    const { client, sent } = clientOf(() => new Response(new Uint8Array([1, 2, 255])));
    expect(await client.file('/v1/me/requests/r1/certificate', 'application/pdf')).toEqual(
      new Uint8Array([1, 2, 255]),
    );
    expect(sent[0].init.headers).toEqual({ accept: 'application/pdf' });
  });
});

describe('a query', () => {
  it('is escaped', () => {
    expect(withQuery('/v1/me/records', { search: 'a&b=c' })).toBe('/v1/me/records?search=a%26b%3Dc');
  });
});
