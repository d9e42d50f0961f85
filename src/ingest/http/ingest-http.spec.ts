import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import request from 'supertest';
import { EventStoreError } from '#libs/messaging';
import { HashedTokenVerifier, mintToken } from '#platform/callers';
import { configureHttp } from '#platform/http';
import { InMemoryEventStore } from '#stages/event-store';
import { FileVault } from '#stages/vault';
import { consentOf, eventsOf, films, openFixture, rating, type Fixture } from '../spec-fixture.js';
import { IngestModule } from './ingest.module.js';

const { token, tokenSha256 } = mintToken();
const openVault = () => FileVault.open({ file: ':memory:', kek: new Uint8Array(32) });
let fixture: Fixture;
let app: NestExpressApplication;
let reported: unknown[];

type Method = 'get' | 'post' | 'delete';
const call = (method: Method, path: string) =>
  request(app.getHttpServer())[method](`/v1/${path}`).set('Authorization', `Bearer ${token}`);
const post = (path: string, body: object) => call('post', path).send(body);
const bulk = async (lines: string, query = '', route = 'interactions') => {
  const answer = await call('post', `${route}/bulk${query}`)
    .set('Content-Type', 'application/x-ndjson')
    .send(lines)
    .buffer(true)
    .parse(linesOfAnswer);
  return answer.body as Record<string, unknown>[];
};
function linesOfAnswer(response: request.Response, done: (error: Error | null, body: unknown) => void) {
  const stream = response as unknown as NodeJS.ReadableStream;
  let text = '';
  stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  stream.on('end', () =>
    done(
      null,
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ),
  );
}
const ndjson = (...entries: unknown[]) => entries.map((entry) => JSON.stringify(entry)).join('\n');

beforeEach(async () => {
  reported = [];
  fixture = await openFixture(new InMemoryEventStore(), openVault());
  app = await openApp();
});
afterEach(() => app.close());

async function openApp(bodyTime?: number): Promise<NestExpressApplication> {
  const module = await Test.createTestingModule({ imports: [IngestModule.over(fixture)] }).compile();
  const opened = module.createNestApplication<NestExpressApplication>({ logger: false });
  const tokens = new HashedTokenVerifier([{ tokenSha256, roles: ['ingest'] }]);
  configureHttp(opened, { tokens, report: (error) => reported.push(error), bodyTime });
  await opened.init();
  return opened;
}

describe('items over HTTP', () => {
  it('are catalogued one or many at a time, and only when they are new or changed', async () => {
    expect((await post('items', films[0])).body).toEqual({ catalogued: 1, unchanged: 0 });
    expect((await post('items', films)).body).toEqual({ catalogued: 1, unchanged: 1 });
    expect(await eventsOf(fixture.store, 'ItemCatalogued')).toHaveLength(2);
  });

  it('are catalogued by the thousand', async () => {
    const many = Array.from({ length: 5_000 }, (_, at) => ({ ...films[0], item: `film-${at}` }));
    expect((await post('items', many)).body).toEqual({ catalogued: 5_000, unchanged: 0 });
  });

  it('are titled by their id when nothing else is said', async () => {
    await post('items', { item: 'sku-7' });
    const [{ data }] = await eventsOf(fixture.store, 'ItemCatalogued');
    expect(data).toEqual({ item: 'sku-7', title: 'sku-7', categories: [] });
  });

  it('can be withdrawn, once', async () => {
    await post('items', films);
    expect((await call('delete', 'items/1')).body).toEqual({ item: '1', status: 'withdrawn', changed: true });
    expect((await call('delete', 'items/1')).body).toMatchObject({ changed: false });
  });

  it('that nobody catalogued cannot be withdrawn', async () => {
    expect((await call('delete', 'items/9')).body).toMatchObject({ status: 404, code: 'ITEM_UNKNOWN' });
  });
});

describe('consents over HTTP', () => {
  it('are granted, listed and withdrawn by purpose', async () => {
    const granted = await post('consents', consentOf('ana'));
    expect(granted.body).toMatchObject({ recorded: true, record: { event: { state: 'given' } } });
    expect((await post('consents', consentOf('ana'))).body).toMatchObject({ recorded: false });
    expect((await post('consents/withdraw', consentOf('ana'))).body).toMatchObject({ recorded: true });
    const { subject } = granted.body as { subject: string };
    expect((await call('get', 'consents/ana')).body).toMatchObject({
      subject,
      consents: [{ piiPrincipal: subject, purpose: 'recommendations', event: { state: 'withdrawn' } }],
    });
  });

  it.each([
    ['a person nobody knows', consentOf('stranger'), 404, 'SUBJECT_UNKNOWN'],
    ['a purpose that was never consented to', consentOf('ana', 'advertising'), 409, 'CONSENT_NOT_GIVEN'],
    ['no evidence', { ...consentOf('ana'), evidenceReference: '' }, 400, 'REQUEST_MALFORMED'],
  ])('are not withdrawn for %s', async (_, decision, status, code) => {
    await post('consents', consentOf('ana'));
    expect((await post('consents/withdraw', decision)).body).toMatchObject({ status, code });
  });
});

describe('other ids of a person over HTTP', () => {
  const add = (subject: string, alias: object) => post(`subjects/${subject}/aliases`, alias);
  beforeEach(async () => {
    await post('consents', consentOf('ana'));
    await post('consents', consentOf('ben'));
  });

  it('find the person, until they are taken away', async () => {
    expect((await add('ana', { alias: 'ana@example.org' })).status).toBe(204);
    expect((await add('ana', { alias: 'ana@example.org' })).status).toBe(204);
    const byAlias = await call('get', 'consents/ana@example.org');
    expect(byAlias.body).toEqual((await call('get', 'consents/ana')).body);
    expect((await post('subjects/ana/aliases/remove', { alias: 'ana@example.org' })).status).toBe(204);
    expect((await call('get', 'consents/ana@example.org')).status).toBe(404);
  });

  it.each([
    ['of somebody else', 'ana', { alias: 'ben' }, 409, 'ALIAS_TAKEN'],
    ['of a person nobody knows', 'stranger', { alias: 'x' }, 404, 'SUBJECT_UNKNOWN'],
    ['that are empty', 'ana', { alias: '' }, 400, 'REQUEST_MALFORMED'],
    ['of another kind', 'ana', { alias: 'x', kind: 'phone' }, 400, 'REQUEST_MALFORMED'],
  ])('are refused %s', async (_, subject, alias, status, code) => {
    expect((await add(subject, alias)).body).toMatchObject({ status, code });
  });

  it('never become none', async () => {
    const removed = await post('subjects/ana/aliases/remove', { alias: 'ana' });
    expect(removed.body).toMatchObject({ status: 409, code: 'ALIAS_LAST' });
  });
});

describe('profiles over HTTP', () => {
  const age = { subject: 'ana', feature: 'age=25', time: '2000-12-31T22:00:19Z', purpose: 'personalisation' };
  beforeEach(async () => {
    await post('items', [...films, { item: 'age=25', kind: 'feature' }]);
    await post('consents', consentOf('ana', 'personalisation'));
  });

  it('are recorded with 201, and answered with 200 when they were there already', async () => {
    const [first, again] = [await post('profiles', age), await post('profiles', age)];
    expect([first.status, (first.body as { status: string }).status]).toEqual([201, 'recorded']);
    expect([again.status, again.body]).toEqual([200, { ...(first.body as object), status: 'duplicate' }]);
  });

  it.each([
    ['an unknown feature', { feature: 'age=26' }, 404, 'FEATURE_UNKNOWN', 'feature'],
    ['an item for a feature', { feature: '1' }, 404, 'FEATURE_UNKNOWN', 'feature'],
    ['a feature that is no text', { feature: 25 }, 400, 'REQUEST_MALFORMED', 'feature'],
    ['a feature of 256 bytes', { feature: 'x'.repeat(256) }, 400, 'FIELD_TOO_LONG', 'feature'],
    ['a value, whose name is not repeated', { value: 1 }, 400, 'REQUEST_MALFORMED', undefined],
    ['missing consent', { purpose: 'advertising' }, 422, 'CONSENT_MISSING', 'purpose'],
    ['a local time', { time: '2000-12-31T22:00:19' }, 400, 'TIME_MALFORMED', 'time'],
  ])('are refused with %s', async (_, change, status, code, field) => {
    const answer = await post('profiles', { ...age, ...change });
    expect(answer.body).toMatchObject({ status, code, ...(field !== undefined && { facts: { field } }) });
  });

  it('are answered line by line in bulk, the bad beside the good', async () => {
    const lines = ndjson(age, { ...age, feature: 'age=NaN' }, { ...age, value: Infinity }, [1], {
      ...age,
      time: [1],
    });
    expect(await bulk(lines, '', 'profiles')).toMatchObject([
      { line: 1, status: 'recorded' },
      { line: 2, status: 'rejected', code: 'FEATURE_UNKNOWN', field: 'feature' },
      { line: 3, status: 'rejected', code: 'FIELD_UNKNOWN' },
      { line: 4, status: 'rejected', code: 'LINE_MALFORMED' },
      { line: 5, status: 'rejected', code: 'TIME_MALFORMED', field: 'time' },
      { summary: { recorded: 1, duplicate: 0, rejected: 4 } },
    ]);
  });
});

describe('interactions over HTTP', () => {
  beforeEach(async () => {
    await post('items', films);
    await post('consents', consentOf('ana'));
  });

  it('are recorded with 201, and answered with 200 when they were there already', async () => {
    const first = await post('interactions', rating());
    const again = await post('interactions', { ...rating(), time: '2000-12-31T22:00:19Z' });
    expect([first.status, (first.body as { status: string }).status]).toEqual([201, 'recorded']);
    expect([again.status, again.body]).toEqual([200, { ...(first.body as object), status: 'duplicate' }]);
  });

  it.each([
    ['an unknown item', { item: '99' }, 404, 'ITEM_UNKNOWN', 'item'],
    ['missing consent', { purpose: 'advertising' }, 422, 'CONSENT_MISSING', 'purpose'],
    ['a local time', { time: '2000-12-31T22:00:19' }, 400, 'TIME_MALFORMED', 'time'],
    ['a value that is a text', { value: '5' }, 400, 'REQUEST_MALFORMED', 'value'],
  ])('are refused with %s', async (_, change, status, code, field) => {
    const answer = await post('interactions', { ...rating(), ...change });
    expect(answer.body).toMatchObject({ status, code, facts: { field } });
  });

  it('are refused with a field that is not known, whose name is not repeated', async () => {
    const answer = await post('interactions', { ...rating(), mood: 'good' });
    expect(answer.body).toMatchObject({ status: 400, code: 'REQUEST_MALFORMED' });
    expect(answer.text).not.toContain('mood');
  });

  it('are answered line by line in bulk, the bad beside the good', async () => {
    const lines = [
      ndjson(rating()),
      '{"subject":',
      '',
      ndjson(rating(), { ...rating(), item: '99' }),
      '7',
    ].join('\n');
    const answer = await bulk(lines);
    expect(answer).toMatchObject([
      { line: 1, status: 'recorded' },
      { line: 2, status: 'rejected', code: 'LINE_MALFORMED' },
      { line: 4, status: 'duplicate' },
      { line: 5, status: 'rejected', code: 'ITEM_UNKNOWN', field: 'item' },
      { line: 6, status: 'rejected', code: 'LINE_MALFORMED' },
      { summary: { recorded: 1, duplicate: 1, rejected: 3 } },
    ]);
  });

  it.each<[string, object, string, string | undefined]>([
    ['a field that is not known', { ...rating(), mood: 'good' }, 'FIELD_UNKNOWN', undefined],
    ['a missing field', { ...rating(), purpose: undefined }, 'FIELD_MISSING', 'purpose'],
    ['a number for a text', { ...rating(), item: 1 }, 'FIELD_MALFORMED', 'item'],
    ['a text for a number', { ...rating(), value: '5' }, 'VALUE_MALFORMED', 'value'],
    ['no time', { ...rating(), time: null }, 'FIELD_MISSING', 'time'],
    ['a time that is a list', { ...rating(), time: [1] }, 'TIME_MALFORMED', 'time'],
  ])('are refused in bulk with %s', async (_, entry, code, field) => {
    const [refused] = await bulk(ndjson(entry));
    expect(refused).toMatchObject({ line: 1, status: 'rejected', code, ...(field && { field }) });
  });

  it('come in bulk by the thousand, and can be answered by their rejections only', async () => {
    const many = Array.from({ length: 1_200 }, (_, second) => rating({ time: 978_300_000 + second }));
    const answer = await bulk(ndjson(...many, rating({ item: '99' })), '?results=rejected');
    expect(answer).toMatchObject([
      { line: 1_201, code: 'ITEM_UNKNOWN' },
      { summary: { recorded: 1_200, duplicate: 0, rejected: 1 } },
    ]);
  });

  it('stop in bulk at a line that is too long, and say so last', async () => {
    const answer = await bulk(`${ndjson(rating())}\n${'x'.repeat(20_000)}\n`);
    expect(answer.at(-1)).toMatchObject({ error: { code: 'LINE_TOO_LONG', facts: { line: 2 } } });
  });

  it('say in bulk when the store gives up, and do not call it a success', async () => {
    const full = new EventStoreError('STORE_FULL', 'no space left');
    jest.spyOn(fixture.store, 'appendBatch').mockRejectedValue(full);
    expect(await bulk(ndjson(rating()))).toMatchObject([{ error: { code: 'STORE_FULL', status: 507 } }]);
    expect(reported).toEqual([full]);
  });

  it('come in bulk for longer than any other body may', async () => {
    const bodyTime = 400;
    await app.close();
    app = await openApp(bodyTime);
    await app.listen(0, '127.0.0.1');
    const lines = Readable.from(
      (async function* () {
        yield ndjson(rating()) + '\n';
        await sleep(bodyTime * 2);
        yield ndjson(rating({ item: '2' })) + '\n';
      })(),
    );
    const answer = await fetch(`${await app.getUrl()}/v1/interactions/bulk?results=rejected`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' },
      body: Readable.toWeb(lines) as BodyInit,
      duplex: 'half',
    } as RequestInit);
    expect(await answer.json()).toEqual({ summary: { recorded: 2, duplicate: 0, rejected: 0 } });
  });

  it('are not taken in bulk as another type', async () => {
    const answer = await call('post', 'interactions/bulk').set('Content-Type', 'text/csv').send('a,b');
    expect(answer.body).toMatchObject({ status: 415, code: 'MEDIA_TYPE_UNSUPPORTED' });
  });

  it('are not taken without a token', async () => {
    const { status } = await request(app.getHttpServer()).post('/v1/interactions').send(rating());
    expect(status).toBe(401);
  });
});
