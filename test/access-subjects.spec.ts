import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from 'jose';
import type { ChallengeView, ConsentView, MeView, Page, RecordView } from '#libs/portal-contract';
import { HttpClient } from './support/http-client.js';
import {
  fixedClock,
  interactionsOf,
  PEOPLE,
  populate,
  PURPOSE,
  TemporaryFolders,
} from './support/small-installation.js';
import { mailedTo, mailsOf, subjectVisitor, Visitor } from './support/visitor.js';

const folders = new TemporaryFolders();
const [ANA, BEN, EVA, GIL] = PEOPLE;
const mailOf = (person: string): string => `${person}@example.org`;
const EVIL = 'https://evil.example';
let passed = 0; // milliseconds on the installation's clock
let http: HttpClient;
let hostKey: CryptoKey;

beforeAll(async () => {
  const { privateKey, publicKey } = await generateKeyPair('EdDSA');
  hostKey = privateKey;
  const jwks = folders.next();
  writeFileSync(jwks, JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), alg: 'EdDSA' }] }));
  http = await HttpClient.open(folders.next(), {
    now: () => new Date(fixedClock().getTime() + passed),
    settings: {
      portal: {
        purposes: [
          { id: PURPOSE, title: 'Recommendations' },
          { id: 'newsletter', title: 'Newsletter' },
        ],
        gpcPurposes: ['newsletter'],
        hostToken: { jwks, issuer: 'https://shop.example', audience: 'lacuna', claim: 'customer' },
      },
    },
  });
  await populate(http.installation, interactionsOf([ANA, BEN, EVA, GIL]));
  for (const person of [ANA, BEN, EVA, GIL])
    http.installation.ingest.aliases.add(person, { alias: mailOf(person) });
});
afterAll(async () => {
  await http.close();
  folders.remove();
});

const challenge = async (visitor: Visitor, address: string): Promise<ChallengeView> => {
  const { status, body } = await visitor.enter('/v1/identity/challenges', { address, locale: 'de' });
  expect(status).toBe(202);
  return body as ChallengeView;
};
const answer = (visitor: Visitor, { challengeId }: ChallengeView, code: string) =>
  visitor.enter(`/v1/identity/challenges/${challengeId}/answer`, { code });

describe('a person', () => {
  it('signs in by the code that was mailed to the address known for them, in whatever letters it is written', async () => {
    const visitor = new Visitor(http.url);
    const asked = await challenge(visitor, mailOf(ANA).toUpperCase());
    const { code, text } = await mailedTo(http.installation, mailOf(ANA));
    expect(text).toMatch(/Ihr Code/);
    const subject = http.installation.vault.findSubject(ANA);
    expect(await answer(visitor, asked, code)).toMatchObject({
      status: 200,
      body: { kind: 'subject', pseudonym: subject },
    });
    expect((await visitor.get('/v1/me')).status).toBe(200);
  });

  it('signs in by customer number, and the mail goes to the address', async () => {
    const visitor = new Visitor(http.url);
    const asked = await challenge(visitor, BEN);
    const { code } = await mailedTo(http.installation, mailOf(BEN));
    expect((await answer(visitor, asked, code)).status).toBe(200);
  });

  it('signs in by the link, whose token stands behind #, once', async () => {
    const visitor = new Visitor(http.url);
    await challenge(visitor, mailOf(ANA));
    const { text, link } = await mailedTo(http.installation, mailOf(ANA));
    expect(text).toContain(`http://localhost:8080/sign-in/link#${link}`);
    expect((await visitor.enter('/v1/identity/links', { token: link })).body).toMatchObject({
      kind: 'subject',
    });
    const again = await new Visitor(http.url).enter('/v1/identity/links', { token: link });
    expect(again.body).toMatchObject({ status: 410, code: 'CHALLENGE_ENDED' });
  });

  it('sees and changes their own things only: nothing that is sent says whose', async () => {
    const ana = await subjectVisitor(http, mailOf(ANA));
    const { rows, total } = (await ana.get('/v1/me/records?size=200')).body as Page<RecordView>;
    const anas = interactionsOf([ANA]);
    expect(total).toBe(anas.length);
    expect(rows.map(({ item }) => item).sort()).toEqual(anas.map(({ item }) => item).sort());
    for (const route of [`/v1/subjects/${BEN}/records`, `/v1/consents/${BEN}`, '/v1/requests', '/v1/staff'])
      expect((await ana.get(route)).status).toBe(403);
    const sneaky = await ana.get(`/v1/me/records?subject=${BEN}`);
    expect(sneaky.body).toMatchObject({ status: 400, code: 'REQUEST_MALFORMED' });
  });

  it('is not signed in by another site in their own browser', async () => {
    const ana = await subjectVisitor(http, mailOf(ANA));
    ana.headers.origin = EVIL;
    const forged = await ana.put(`/v1/me/consents/${PURPOSE}`, { granted: false });
    expect(forged.body).toMatchObject({ status: 403, code: 'CROSS_SITE_REQUEST' });
    const me = (await ana.get('/v1/me')).body as MeView;
    expect(me.consents[0]).toMatchObject({ purpose: PURPOSE, granted: true });
  });
});

describe('a mailed code', () => {
  it('lets in once, within ten minutes, and only whoever asked for it', async () => {
    const visitor = new Visitor(http.url);
    const asked = await challenge(visitor, mailOf(EVA));
    const { code } = await mailedTo(http.installation, mailOf(EVA));
    const other = await challenge(visitor, mailOf(GIL));
    expect((await answer(visitor, other, code)).body).toMatchObject({ status: 422, code: 'CODE_WRONG' });
    expect((await answer(visitor, asked, code)).status).toBe(200);
    expect((await answer(visitor, asked, code)).body).toMatchObject({ status: 410, code: 'CHALLENGE_ENDED' });
    const late = await challenge(visitor, mailOf(EVA));
    const mailed = await mailedTo(http.installation, mailOf(EVA));
    passed += 10 * 60_000;
    expect((await answer(visitor, late, mailed.code)).body).toMatchObject({ code: 'CHALLENGE_ENDED' });
    expect((await visitor.enter('/v1/identity/links', { token: mailed.link })).status).toBe(410);
  });

  it('cannot be guessed: after five tries the right one does not let in either', async () => {
    const visitor = new Visitor(http.url);
    const asked = await challenge(visitor, mailOf(GIL));
    const { code } = await mailedTo(http.installation, mailOf(GIL));
    const wrong = code === '0000 0000' ? '0000 0001' : '0000 0000';
    for (let n = 0; n < 5; n++)
      expect((await answer(visitor, asked, wrong)).body).toMatchObject({ code: 'CODE_WRONG' });
    expect((await answer(visitor, asked, code)).body).toMatchObject({ code: 'CHALLENGE_ENDED' });
  });

  it('is asked for a few times only, for one address from anywhere, and from one place for any address', async () => {
    const statuses: number[] = [];
    for (let n = 0; n < 7; n++) {
      const visitor = new Visitor(http.url);
      await visitor.session();
      const body = { address: 'often@example.org', locale: 'en' };
      statuses.push((await visitor.post('/v1/identity/challenges', body)).status);
    }
    expect(statuses).toEqual([202, 202, 202, 202, 202, 429, 429]);
    const visitor = new Visitor(http.url);
    const last = [];
    for (let n = 0; n < 12; n++)
      last.push(
        await visitor.post('/v1/identity/challenges', { address: `a${n}@example.org`, locale: 'en' }),
      );
    expect(last.map(({ status }) => status).slice(9)).toEqual([202, 429, 429]);
    expect(Number(last[11].headers.get('retry-after'))).toBeGreaterThan(0);
  });
});

describe('whether an address is known', () => {
  it('is told neither by answers nor by what comes of them, and a stranger gets no mail', async () => {
    const before = (await mailsOf(http.installation)).length;
    const visitor = new Visitor(http.url);
    const asked = await challenge(visitor, 'stranger@example.org');
    expect(Object.keys(asked).sort()).toEqual(['challengeId', 'expiresAt']);
    const known = await challenge(new Visitor(http.url), ANA);
    expect(Object.keys(known).sort()).toEqual(['challengeId', 'expiresAt']);
    const replies = [await answer(visitor, asked, '1'), await answer(new Visitor(http.url), known, '1')];
    expect(replies[0].body).toEqual(replies[1].body);
    expect((await mailsOf(http.installation)).length).toBe(before + 1);
  });

  it('is not told by how long answers take: nobody could sort known from unknown addresses by them', async () => {
    const ROUNDS = 60;
    const known: number[] = [];
    const unknown: number[] = [];
    for (let n = 0; n < ROUNDS; n++) {
      const alias = `known-${n}@example.org`;
      http.installation.ingest.aliases.add(ANA, { alias });
      const pair: [number[], string][] = [
        [known, alias],
        [unknown, `nobody-${n}@example.org`],
      ];
      for (const [times, address] of n % 2 === 0 ? pair : pair.reverse()) {
        const visitor = new Visitor(http.url);
        const start = performance.now();
        await visitor.post('/v1/identity/challenges', { address, locale: 'en' });
        times.push(performance.now() - start);
      }
    }
    await http.installation.access.challenges.idle();
    // The chance that a known address takes longer than an unknown one (Mann and Whitney's U over the pairs): ½ when time tells nothing.
    // Its standard error at 60 and 60 is √(121/(12·60·60)) = 0.053; four of them are allowed.
    const longer = known.flatMap((a) => unknown.map((b): number => (a > b ? 1 : a === b ? 0.5 : 0)));
    const chance = longer.reduce((sum, one) => sum + one, 0) / longer.length;
    expect(Math.abs(chance - 0.5)).toBeLessThan(0.212);
  });
});

describe('a token of the host application', () => {
  const sign = (claims: object, seconds = 60, key = hostKey) => {
    const now = Math.floor((fixedClock().getTime() + passed) / 1000);
    return new SignJWT({ customer: ANA, iss: 'https://shop.example', aud: 'lacuna', ...claims })
      .setProtectedHeader({ alg: 'EdDSA' })
      .setIssuedAt(now)
      .setExpirationTime(now + seconds)
      .sign(key);
  };
  const enter = async (token: string) =>
    (await new Visitor(http.url).enter('/v1/identity/host-token', { token })).body;
  const refused = { status: 401, code: 'HOST_TOKEN_WRONG' };

  it('signs the person in, once', async () => {
    const token = await sign({});
    const subject = http.installation.vault.findSubject(ANA);
    expect(await enter(token)).toMatchObject({ kind: 'subject', pseudonym: subject });
    expect(await enter(token)).toMatchObject(refused);
  });

  it.each([
    ['of another issuer', { iss: EVIL }, 60],
    ['for another audience', { aud: 'shop' }, 60],
    ['about a person nobody knows', { customer: 'stranger' }, 60],
    ['without a person', { customer: undefined, sub: ANA }, 60],
    ['about several people', { customer: [ANA, BEN] }, 60],
    ['that has expired', {}, -31],
  ])('is refused %s', async (_, claims, seconds) => {
    expect(await enter(await sign(claims, seconds))).toMatchObject(refused);
  });

  it('is refused when somebody else has signed it, or nobody, or with a secret made of our public key', async () => {
    const { privateKey } = await generateKeyPair('EdDSA');
    expect(await enter(await sign({}, 60, privateKey))).toMatchObject(refused);
    const body = Buffer.from(JSON.stringify({ customer: ANA })).toString('base64url');
    for (const header of ['{"alg":"none"}', '{"alg":"HS256"}'])
      expect(await enter(`${Buffer.from(header).toString('base64url')}.${body}.AAAA`)).toMatchObject(refused);
  });
});

describe('what a person browses', () => {
  let ben: Visitor;
  beforeAll(async () => {
    ben = await subjectVisitor(http, mailOf(BEN));
  });
  const page = async (query: string) => (await ben.get(`/v1/me/records?${query}`)).body as Page<RecordView>;

  it('comes newest first, in pages that the server cuts', async () => {
    const whole = await page('size=200');
    expect(whole.rows.map(({ time }) => time)).toEqual(
      whole.rows
        .map(({ time }) => time)
        .sort()
        .reverse(),
    );
    expect((await page('size=5&page=2')).rows).toEqual(whole.rows.slice(5, 10));
    expect((await page('size=5&page=99')).rows).toEqual([]);
    expect((await page('size=201')) as unknown).toMatchObject({ code: 'REQUEST_MALFORMED' });
  });

  it('can be searched in titles, and narrowed by category, kind, purpose and period', async () => {
    const { rows } = await page('size=200');
    const titled = rows.filter(({ title }) => title.includes('Item 1'));
    expect((await page('size=200&search=%20iTEM%201')).rows).toEqual(titled);
    const horror = rows.filter(({ categories }) => categories.includes('Horror'));
    expect((await page('size=200&category=Horror')).rows).toEqual(horror);
    const { time } = rows[3];
    expect((await page(`size=200&from=${time}`)).rows).toEqual(rows.slice(0, 4));
    expect((await page(`size=200&until=${time}`)).rows).toEqual(rows.slice(3));
    expect((await page('type=play')).total).toBe(0);
    expect((await page(`purpose=${PURPOSE}`)).total).toBe(rows.length);
  });

  it('has counts of what it can be narrowed by', async () => {
    const { rows } = await page('size=200');
    const facets = (await ben.get('/v1/me/facets')).body;
    const ofHorror = rows.filter(({ categories }) => categories.includes('Horror')).length;
    expect(facets).toMatchObject({
      categories: expect.arrayContaining([{ name: 'Horror', records: ofHorror }]),
      types: [{ name: 'rating', records: rows.length }],
      years: [{ year: 2025, records: rows.length }],
    });
  });
});

describe('what a person agrees to', () => {
  it('can be granted and withdrawn, and a withdrawal becomes a request to unlearn what was used', async () => {
    const gil = await subjectVisitor(http, mailOf(GIL));
    const before = (await gil.get('/v1/me')).body as MeView;
    expect(before).toMatchObject({
      openRequests: 0,
      consents: [
        { purpose: PURPOSE, title: 'Recommendations', granted: true, records: before.records },
        { purpose: 'newsletter', title: 'Newsletter', granted: false, records: 0 },
      ],
    });
    const granted = (await gil.put('/v1/me/consents/newsletter', { granted: true })).body as ConsentView;
    expect(granted).toMatchObject({ granted: true, since: expect.any(String) });
    const withdrawn = (await gil.put(`/v1/me/consents/${PURPOSE}`, { granted: false })).body;
    expect(withdrawn).toMatchObject({ purpose: PURPOSE, granted: false });
    await http.installation.resume();
    const subject = http.installation.vault.findSubject(GIL);
    const requests = http.installation.requests.all().filter((state) => state.subject === subject);
    expect(requests).toMatchObject([{ kind: 'withdrawal', channel: 'consent-change' }]);
    expect((await gil.get('/v1/me')).body).toMatchObject({ records: 0 });
    expect((await gil.put('/v1/me/consents/unheard-of', { granted: true })).body).toMatchObject({
      status: 404,
      code: 'PURPOSE_UNKNOWN',
    });
  });

  it('is withdrawn by Global Privacy Control where the settings say so, once', async () => {
    const ana = await subjectVisitor(http, mailOf(ANA));
    const newsletter = async () => ((await ana.get('/v1/me')).body as MeView).consents[1].granted;
    await ana.put('/v1/me/consents/newsletter', { granted: true });
    expect(await newsletter()).toBe(true);
    ana.headers['sec-gpc'] = '1';
    expect(await newsletter()).toBe(false);
    await ana.put('/v1/me/consents/newsletter', { granted: true });
    expect(await newsletter()).toBe(true);
    const me = (await ana.get('/v1/me')).body as MeView;
    expect(me.consents[0]).toMatchObject({ purpose: PURPOSE, granted: true });
    expect((await ana.get('/.well-known/gpc.json')).body).toEqual({ gpc: true, lastUpdate: '2026-11-30' });
  });
});

describe('an erasure', () => {
  it('ends what the person’s sessions could do, but for following that request', async () => {
    const eva = await subjectVisitor(http, mailOf(EVA));
    const asked = await challenge(new Visitor(http.url), mailOf(EVA));
    const { code } = await mailedTo(http.installation, mailOf(EVA));
    const requestId = '7f1d9b1e-0000-4000-8000-000000000002';
    await http.installation.trainings.train();
    const { finished } = await http.installation.requests.erase({
      requestId,
      externalId: EVA,
      channel: 'api',
    });
    await finished;
    await http.installation.access.caughtUp();
    expect(await eva.session()).toMatchObject({ kind: 'follower', requestId });
    expect((await eva.get('/v1/me')).status).toBe(403);
    expect((await answer(new Visitor(http.url), asked, code)).body).toMatchObject({
      code: 'CHALLENGE_ENDED',
    });
    expect(http.installation.vault.findSubject(mailOf(EVA))).toBeUndefined();
  });
});
