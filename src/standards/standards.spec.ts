import {
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
  X509Certificate,
  type KeyObject,
} from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { RequestState } from '#libs/erasure';
import { ErasureError } from '#libs/erasure';
import { refusalOf, refusalOfAsync } from '#libs/testkit';
import type { OutboundPost } from '#platform/outbound';
import { Courier, Outbox } from '#platform/outbox';
import { InMemoryEventStore } from '#stages/event-store';
import { FileVault } from '#stages/vault';
import { streamNames } from '#libs/messaging';
import {
  CALLBACK_QUEUE,
  callbackCarrier,
  DataRights,
  DrpTokens,
  OpenDsr,
  OpenDsrSigner,
  ResultLinks,
  StandardsBook,
  StatusCallbacks,
  type ProtocolExports,
  type ProtocolFiling,
  type ProtocolRequests,
} from './index.js';

const START = Date.UTC(2026, 0, 31, 10);
const DAY = 86_400_000;
const ANA = 'ana@example.org';
const SUBJECT = 'a1b2';
const vector = (name: string): string => readFileSync(`test/vectors/opendsr/${name}`, 'utf8');

/** Messages as an agent's libsodium makes them, here by OpenSSL: signature, then the text, in base64. */
function signedBy(key: KeyObject, claims: object): string {
  const text = Buffer.from(JSON.stringify(claims));
  return Buffer.concat([sign(null, text, key), text]).toString('base64');
}
const agentKeys = generateKeyPairSync('ed25519');
const strangerKeys = generateKeyPairSync('ed25519');
const rawKey = (key: KeyObject): string =>
  key.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64');

class World {
  now = START;
  readonly states = new Map<string, RequestState>();
  readonly filed: ProtocolFiling[] = [];
  readonly posts: OutboundPost[] = [];
  readonly store = new InMemoryEventStore();
  readonly vault = FileVault.open({ file: ':memory:', kek: new Uint8Array(32).fill(3) });
  readonly outbox = Outbox.open(':memory:', this.vault, () => this.now);
  /** Until when the answers of access requests are kept. */
  keptUntil = START + 30 * DAY;
  readonly exports: ProtocolExports = {
    keptUntil: () => (this.now <= this.keptUntil ? this.keptUntil : undefined),
    read: async ({ requestId }, format) => Buffer.from(`${format} of ${requestId}`),
  };
  results!: ResultLinks;
  openDsr!: OpenDsr;
  rights!: DataRights;
  courier!: Courier;
  private callbacks: StatusCallbacks | undefined;

  readonly requests: ProtocolRequests = {
    file: async (filing) => {
      const known = this.states.get(filing.requestId);
      if (known !== undefined && known.kind !== filing.kind)
        throw new ErasureError('REQUEST_ID_REUSED', 'another request was made under that id');
      if (known !== undefined) return known;
      this.filed.push(filing);
      return this.set(filing.requestId, 'verified', filing);
    },
    find: (requestId) => this.states.get(requestId),
    cancel: (requestId) => this.set(requestId, 'closed-cancelled'),
    subjectBehind: (id) => (id === ANA || id === '1234' ? SUBJECT : id === '5678' ? 'other' : undefined),
  };

  async start(): Promise<void> {
    const book = await StandardsBook.open(this.store, this.vault, () => new Date(this.now).toISOString());
    const signer = OpenDsrSigner.from(vector('certificate.pem'), vector('key.pem'), 'privacy.example.com');
    const settings = { controllerId: 'shop', domain: 'privacy.example.com' };
    const { requests, store, outbox } = this;
    const now = (): string => new Date(this.now).toISOString();
    this.results = this.resultLinks(2);
    const { results } = this;
    this.openDsr = new OpenDsr({ offer: { settings, signer }, policy: {}, requests, book, results, now });
    this.rights = new DataRights({
      settings: { businessId: 'SHOP', agents: [{ id: 'AGENT', verifyKey: rawKey(agentKeys.publicKey) }] },
      policy: {},
      requests,
      book,
      results,
      origin: 'https://people.example.com',
      tokens: new DrpTokens(new Uint8Array(32).fill(1)),
      now: () => this.now,
    });
    const post = async (one: OutboundPost) => (this.posts.push(one), { status: 200, body: '' });
    const carriers = { [CALLBACK_QUEUE]: callbackCarrier({ post }, this.openDsr) };
    this.courier = new Courier({ outbox, carriers, now: () => this.now });
    await this.callbacks?.stop();
    const courier = { wake: () => {} };
    const { openDsr, rights: dataRights } = this;
    this.callbacks = new StatusCallbacks({ store, outbox, courier, requests, book, openDsr, dataRights });
  }

  resultLinks(key: number): ResultLinks {
    const { requests, exports } = this;
    return new ResultLinks({ key: new Uint8Array(32).fill(key), requests, exports, now: () => this.now });
  }

  async set(requestId: string, status: string, filing?: ProtocolFiling): Promise<RequestState> {
    const known = this.states.get(requestId);
    const made = { receivedAt: '2026-01-31T10:00:00.000Z', dueAt: '2026-03-02T23:59:59.999Z', ...filing };
    const state = { requestId, ...(known ?? made), status } as unknown as RequestState;
    this.states.set(requestId, state);
    const id = `7f1d9b1e-0000-4000-8000-${String(this.events++).padStart(12, '0')}`;
    await this.store.append(streamNames.request(requestId), [{ id, type: 'Changed', data: { requestId } }]);
    return state;
  }
  private events = 0;

  async posted(): Promise<OutboundPost[]> {
    await this.callbacks!.caughtUp();
    await this.courier.deliverDue();
    return this.posts;
  }

  async close(): Promise<void> {
    await this.callbacks?.stop();
    this.outbox.close();
    this.vault.close();
  }
}

let world: World;
beforeEach(async () => {
  world = new World();
  await world.start();
});
afterEach(() => world.close());

describe('OpenDSR 2.0', () => {
  const ID = 'a7551968-d5d6-44b2-9831-815ac9017798';
  const request = {
    regulation: 'gdpr',
    subject_request_id: ID,
    subject_request_type: 'erasure',
    submitted_time: '2026-01-30T15:00:00Z',
    subject_identities: [
      { identity_type: 'controller_customer_id', identity_value: '1234', identity_format: 'raw' },
    ],
    api_version: '2.0',
    status_callback_urls: ['https://controller.example.com/opendsr/callbacks'],
  };
  const submit = (changes: object = {}) => world.openDsr.submit(JSON.stringify({ ...request, ...changes }));
  const statusNow = () =>
    (JSON.parse(world.openDsr.status(ID).body) as { request_status: string }).request_status;

  it('says what it understands, and with which certificate it signs', () => {
    expect(world.openDsr.discovery()).toMatchObject({
      api_version: '2.0',
      supported_subject_request_types: ['access', 'portability', 'erasure'],
      processor_certificate: 'https://privacy.example.com/opendsr/certificate.pem',
    });
  });

  it('takes a request as one of our own, and answers with a signature that holds under the certificate', async () => {
    const sent = JSON.stringify(request);
    const { body, headers } = await world.openDsr.submit(sent);
    expect(world.filed).toEqual([
      {
        requestId: ID,
        kind: 'erasure',
        subject: SUBJECT,
        channel: 'opendsr',
        identity: 'controller-attested',
        regime: 'gdpr',
      },
    ]);
    expect(JSON.parse(body)).toEqual({
      controller_id: 'shop',
      expected_completion_time: '2026-03-02T23:59:59.999Z',
      received_time: '2026-01-31T10:00:00.000Z',
      encoded_request: Buffer.from(sent).toString('base64'),
      subject_request_id: ID,
    });
    const { publicKey } = new X509Certificate(world.openDsr.certificate());
    const signature = Buffer.from(headers['x-opendsr-signature'], 'base64');
    expect(verify('sha256', Buffer.from(body), publicKey, signature)).toBe(true);
    expect(verify('sha256', Buffer.from(`${body} `), publicKey, signature)).toBe(false);
    expect(headers['x-opendsr-processor-domain']).toBe('privacy.example.com');
  });

  it('answers a repetition in the same way and files nothing twice, also after the person is gone', async () => {
    const first = await submit();
    const again = await submit({
      subject_identities: [
        { identity_type: 'email', identity_value: 'gone@example.org', identity_format: 'raw' },
      ],
    });
    expect(JSON.parse(again.body)).toMatchObject({
      received_time: (JSON.parse(first.body) as { received_time: string }).received_time,
    });
    expect(world.filed).toHaveLength(1);
    expect(await refusalOfAsync(() => submit({ subject_request_type: 'access' }))).toBe('REQUEST_ID_REUSED');
  });

  it.each([
    [{ subject_request_type: 'rectification' }, 'OPENDSR_KIND_UNSUPPORTED'],
    [{ subject_request_id: ID.toUpperCase() }, 'OPENDSR_FIELD_INVALID'],
    [{ subject_request_id: 'a7551968-d5d6-14b2-9831-815ac9017798' }, 'OPENDSR_FIELD_INVALID'],
    [{ regulation: 'lgpd' }, 'OPENDSR_FIELD_INVALID'],
    [{ submitted_time: 'yesterday' }, 'OPENDSR_FIELD_INVALID'],
    [{ api_version: '1.0' }, 'OPENDSR_FIELD_INVALID'],
    [{ subject_identities: [] }, 'OPENDSR_FIELD_INVALID'],
    [
      { subject_identities: [{ identity_type: 'email', identity_value: 'x', identity_format: 'sha256' }] },
      'OPENDSR_IDENTITY_UNSUPPORTED',
    ],
    [
      { subject_identities: [{ identity_type: 'android_id', identity_value: 'x', identity_format: 'raw' }] },
      'OPENDSR_IDENTITY_UNSUPPORTED',
    ],
    [
      {
        subject_identities: [
          { identity_type: 'email', identity_value: 'nobody@example.org', identity_format: 'raw' },
        ],
      },
      'OPENDSR_SUBJECT_UNKNOWN',
    ],
    [
      {
        subject_identities: ['1234', '5678'].map((value) => ({
          identity_type: 'controller_customer_id',
          identity_value: value,
          identity_format: 'raw',
        })),
      },
      'OPENDSR_IDENTITIES_DISAGREE',
    ],
    [{ status_callback_urls: ['http://controller.example.com/'] }, 'OUTBOUND_URL_NOT_HTTPS'],
    [{ status_callback_urls: ['https://169.254.169.254/'] }, 'OUTBOUND_ADDRESS_NOT_PUBLIC'],
  ])('refuses %j as %s', async (changes, code) => {
    expect(await refusalOfAsync(() => submit(changes))).toBe(code);
    expect(world.filed).toEqual([]);
  });

  it('refuses what is no JSON object, or has a field twice', async () => {
    for (const body of ['', '[]', '{', '{"regulation":"gdpr","regulation":"ccpa"}'])
      expect(await refusalOfAsync(() => world.openDsr.submit(body))).toBe('OPENDSR_FIELD_INVALID');
  });

  it.each([
    ['verified', 'pending'],
    ['quarantined', 'pending'],
    ['assigned', 'in_progress'],
    ['certified', 'in_progress'],
    ['closed', 'completed'],
    ['closed-answered', 'completed'],
    ['closed-refused', 'cancelled'],
    ['closed-cancelled', 'cancelled'],
  ])('says of a request that is %s: %s', async (status, expected) => {
    await submit();
    await world.set(ID, status);
    expect(statusNow()).toBe(expected);
  });

  it('cancels what is pending, and nothing later', async () => {
    await submit();
    expect(JSON.parse((await world.openDsr.cancel(ID)).body)).toMatchObject({
      subject_request_id: ID,
      controller_id: 'shop',
    });
    expect(statusNow()).toBe('cancelled');
    await world.set(ID, 'assigned');
    expect(await refusalOfAsync(() => world.openDsr.cancel(ID))).toBe('OPENDSR_NOT_PENDING');
    expect(refusalOf(() => world.openDsr.status('7f1d9b1e-0000-4000-8000-00000000000f'))).toBe(
      'STANDARD_REQUEST_UNKNOWN',
    );
  });

  it('calls back at every change of status, once, signed, and keeps the URL sealed', async () => {
    await submit();
    await world.posted();
    await world.set(ID, 'quarantined');
    await world.set(ID, 'assigned');
    await world.posted();
    await world.set(ID, 'closed');
    const posts = await world.posted();
    await world.start();
    expect(await world.posted()).toHaveLength(3);
    expect(posts.map(({ body }) => (JSON.parse(body) as { request_status: string }).request_status)).toEqual([
      'pending',
      'in_progress',
      'completed',
    ]);
    const [{ url, body, headers }] = posts;
    expect(JSON.parse(body)).toMatchObject({
      status_callback_url: url,
      subject_request_id: ID,
      controller_id: 'shop',
    });
    const { publicKey } = new X509Certificate(vector('certificate.pem'));
    expect(
      verify('sha256', Buffer.from(body), publicKey, Buffer.from(headers['x-opendsr-signature'], 'base64')),
    ).toBe(true);
    const events: unknown[] = [];
    for await (const event of world.store.readAll()) events.push(event.data);
    expect(JSON.stringify(events)).not.toContain('controller.example.com');
  });

  it('does not start with a key of another certificate, or a certificate of another host', () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const other = privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
    const attempt = (key: string, domain: string) =>
      refusalOf(() => OpenDsrSigner.from(vector('certificate.pem'), key, domain));
    expect(attempt(other, 'privacy.example.com')).toBe('OPENDSR_SIGNER_UNUSABLE');
    expect(attempt(vector('key.pem'), 'elsewhere.example.com')).toBe('OPENDSR_SIGNER_UNUSABLE');
    expect(attempt('no key', 'privacy.example.com')).toBe('OPENDSR_SIGNER_UNUSABLE');
  });
});

describe('the Data Rights Protocol 1.0', () => {
  const claims = (changes: object = {}) => ({
    'agent-id': 'AGENT',
    'business-id': 'SHOP',
    'issued-at': new Date(START - 1_000).toISOString(),
    'expires-at': new Date(START + 600_000).toISOString(),
    'drp.version': '1.0',
    'agent-request-id': 'foo',
    exercise: 'deletion',
    regime: 'ccpa',
    email: ANA,
    email_verified: true,
    ...changes,
  });
  const message = (changes: object = {}) => signedBy(agentKeys.privateKey, claims(changes));
  const bearer = (): string => `Bearer ${world.rights.setUp('AGENT', message()).token}`;
  const exercise = (changes: object = {}) => world.rights.exercise(bearer(), message(changes));

  it('gives an agent of the directory a token, and nobody else', () => {
    const { token, 'agent-id': agentId } = world.rights.setUp('AGENT', message());
    expect(agentId).toBe('AGENT');
    world.rights.requireToken('AGENT', `Bearer ${token}`);
    for (const authorization of [
      undefined,
      '',
      'Bearer x',
      `Bearer ${token}x`,
      `Bearer X${token}`,
      `Basic ${token}`,
    ])
      expect(refusalOf(() => world.rights.requireToken('AGENT', authorization))).toBe('DRP_TOKEN_INVALID');
    expect(refusalOf(() => world.rights.requireToken('OTHER', `Bearer ${token}`))).toBe('DRP_TOKEN_INVALID');
    expect(refusalOf(() => world.rights.setUp('STRANGER', message()))).toBe('DRP_AGENT_UNKNOWN');
    expect(refusalOf(() => world.rights.setUp('AGENT', signedBy(strangerKeys.privateKey, claims())))).toBe(
      'DRP_SIGNATURE_INVALID',
    );
  });

  it('takes a deletion as one of our erasures', async () => {
    const status = await exercise();
    expect(world.filed).toEqual([
      {
        requestId: status.request_id,
        kind: 'erasure',
        subject: SUBJECT,
        channel: 'drp',
        identity: 'agent-attested',
        regime: 'ccpa',
      },
    ]);
    expect(status).toEqual({
      request_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      agent_request_id: 'foo',
      received_at: '2026-01-31T10:00:00.000Z',
      expected_by: '2026-03-02T23:59:59.999Z',
      status: 'in_progress',
    });
  });

  it.each([
    [
      'a signature of another key',
      () => signedBy(strangerKeys.privateKey, claims()),
      'DRP_SIGNATURE_INVALID',
    ],
    ['no signature', () => Buffer.from(JSON.stringify(claims())).toString('base64'), 'DRP_SIGNATURE_INVALID'],
    ['nothing', () => '', 'DRP_SIGNATURE_INVALID'],
    ['no base64', () => JSON.stringify(claims()), 'DRP_MESSAGE_NOT_BASE64'],
    ['signed text that is no JSON', () => signedText('hello'), 'DRP_MESSAGE_MALFORMED'],
    ['a signed list', () => signedText('[]'), 'DRP_MESSAGE_MALFORMED'],
    ['another agent', () => message({ 'agent-id': 'OTHER' }), 'DRP_AGENT_MISMATCH'],
    ['another business', () => message({ 'business-id': 'OTHER' }), 'DRP_BUSINESS_MISMATCH'],
    [
      'a fast clock',
      () => message({ 'issued-at': new Date(START + 120_000).toISOString() }),
      'DRP_NOT_YET_ISSUED',
    ],
    ['an expired message', () => message({ 'expires-at': new Date(START).toISOString() }), 'DRP_EXPIRED'],
    ['no time', () => message({ 'expires-at': 'never' }), 'DRP_MESSAGE_MALFORMED'],
    ['another version', () => message({ 'drp.version': '0.9' }), 'DRP_VERSION_UNSUPPORTED'],
    ['an unknown right', () => message({ exercise: 'sale:opt-out' }), 'DRP_RIGHT_UNSUPPORTED'],
    [
      'a right named as a property of objects',
      () => message({ exercise: 'constructor' }),
      'DRP_RIGHT_UNSUPPORTED',
    ],
    ['an unknown regime', () => message({ regime: 'lgpd' }), 'DRP_REGIME_UNSUPPORTED'],
    [
      'an address that nobody has verified',
      () => message({ email_verified: 'true' }),
      'DRP_IDENTITY_UNVERIFIED',
    ],
    ['no address', () => message({ email: undefined }), 'DRP_IDENTITY_UNVERIFIED'],
    [
      'a callback into our own network',
      () => message({ status_callback: 'https://127.0.0.1/' }),
      'OUTBOUND_ADDRESS_NOT_PUBLIC',
    ],
  ])('refuses %s', async (_, text, code) => {
    const authorization = bearer();
    expect(await refusalOfAsync(() => world.rights.exercise(authorization, text()))).toBe(code);
    expect(world.filed).toEqual([]);
  });

  const signedText = (text: string): string =>
    Buffer.concat([sign(null, Buffer.from(text), agentKeys.privateKey), Buffer.from(text)]).toString(
      'base64',
    );

  it('refuses one bit that was flipped anywhere', async () => {
    const authorization = bearer();
    const honest = Buffer.from(message(), 'base64');
    for (const bit of [0, 200, 511, 512, honest.length * 8 - 1]) {
      const flipped = Buffer.from(honest);
      flipped[bit >> 3] ^= 1 << (bit & 7);
      expect(
        await refusalOfAsync(() => world.rights.exercise(authorization, flipped.toString('base64'))),
      ).toBe('DRP_SIGNATURE_INVALID');
    }
  });

  it('carries a message out once', async () => {
    const [authorization, text] = [bearer(), message()];
    await world.rights.exercise(authorization, text);
    await world.start();
    expect(await refusalOfAsync(() => world.rights.exercise(authorization, text))).toBe('DRP_REPLAYED');
    expect(world.filed).toHaveLength(1);
  });

  it('denies a person whom we do not know, and keeps nothing of it', async () => {
    const status = await exercise({ email: 'nobody@example.org' });
    expect(status).toMatchObject({ status: 'denied', reason: 'no_match' });
    expect(world.filed).toEqual([]);
    expect(await world.store.head()).toBe(0n);
  });

  it.each([
    ['submitted', { status: 'open' }],
    ['assigned', { status: 'in_progress' }],
    ['closed', { status: 'fulfilled' }],
    ['closed-answered', { status: 'fulfilled' }],
    ['closed-cancelled', { status: 'revoked' }],
    ['closed-refused', { status: 'denied', reason: 'claim_not_covered' }],
    ['expired', { status: 'expired' }],
  ])('says of a request that is %s: %j', async (status, expected) => {
    const authorization = bearer();
    const { request_id: id } = await world.rights.exercise(authorization, message());
    await world.set(id, status);
    expect(world.rights.status(authorization, id)).toMatchObject(expected);
  });

  it('lets the person take it back, signed by the agent', async () => {
    const authorization = bearer();
    const { request_id: id } = await world.rights.exercise(authorization, message());
    const revoke = (key: KeyObject) =>
      world.rights.revoke(authorization, id, signedBy(key, { reason: 'changed my mind' }));
    expect(await refusalOfAsync(() => revoke(strangerKeys.privateKey))).toBe('DRP_SIGNATURE_INVALID');
    expect(await revoke(agentKeys.privateKey)).toMatchObject({ status: 'revoked' });
    expect(await revoke(agentKeys.privateKey)).toMatchObject({ status: 'revoked' });
    await world.set(id, 'closed');
    expect(await refusalOfAsync(() => revoke(agentKeys.privateKey))).toBe('DRP_NOT_OPEN');
  });

  it('shows requests of the agent only, and none that came another way', async () => {
    const id = '7f1d9b1e-0000-4000-8000-000000000099';
    await world.set(id, 'verified');
    expect(refusalOf(() => world.rights.status(bearer(), id))).toBe('STANDARD_REQUEST_UNKNOWN');
  });

  it('calls the agent back with the same status object', async () => {
    const { request_id: id } = await exercise({ status_callback: 'https://agent.example.com/update_status' });
    await world.posted();
    await world.set(id, 'closed');
    const posts = await world.posted();
    expect(posts.map(({ url }) => url)).toEqual(Array(2).fill('https://agent.example.com/update_status'));
    expect(JSON.parse(posts[1].body)).toMatchObject({
      request_id: id,
      agent_request_id: 'foo',
      status: 'fulfilled',
    });
  });

  it('knows the key of an agent as libsodium writes it', () => {
    const spki = Buffer.concat([
      Buffer.from('302a300506032b6570032100', 'hex'),
      Buffer.from(rawKey(agentKeys.publicKey), 'base64'),
    ]);
    expect(createPublicKey({ key: spki, format: 'der', type: 'spki' }).equals(agentKeys.publicKey)).toBe(
      true,
    ); // RFC 8410 §4
  });
});

describe('a protocol that is not offered', () => {
  it('says so', async () => {
    const book = await StandardsBook.open(world.store, world.vault, () => '');
    const parts = { policy: {}, requests: world.requests, book, results: world.results };
    const openDsr = new OpenDsr({ ...parts, now: () => '' });
    const rights = new DataRights({
      ...parts,
      origin: '',
      tokens: new DrpTokens(new Uint8Array(32)),
      now: () => START,
    });
    expect(refusalOf(() => openDsr.discovery())).toBe('STANDARD_NOT_OFFERED');
    expect(refusalOf(() => rights.setUp('AGENT', ''))).toBe('STANDARD_NOT_OFFERED');
  });
});

describe('the link to the answer of an access request', () => {
  const ID = 'a7551968-d5d6-44b2-9831-815ac9017798';
  const OTHER = '7f1d9b1e-0000-4000-8000-00000000000f';
  const link = () => {
    const to = world.results.to('https://privacy.example.com', world.states.get(ID)!);
    return to && { ...to, token: to.url.slice('https://privacy.example.com/v1/results/'.length) };
  };
  const fetched = async (token: string) =>
    Buffer.from(await world.results.fetch(token, 'json')).toString('utf8');
  beforeEach(async () => {
    await world.set(OTHER, 'closed-answered');
    await world.set(ID, 'closed-answered');
  });

  it('gives what is held, as often as it is followed, and says for how long', async () => {
    const { token, expiresAt } = link()!;
    expect(expiresAt).toBe('2026-02-07T10:00:00.000Z');
    expect([await fetched(token), await fetched(token)]).toEqual([`json of ${ID}`, `json of ${ID}`]);
  });

  it('holds for seven days, and not after the answer itself', async () => {
    const { token } = link()!;
    world.now = START + 7 * DAY - 1_000;
    expect(await fetched(token)).toBe(`json of ${ID}`);
    world.now = START + 7 * DAY;
    expect(await refusalOfAsync(() => fetched(token))).toBe('RESULT_LINK_EXPIRED');
    world.now = world.keptUntil - DAY;
    expect(link()!.expiresAt).toBe('2026-03-02T10:00:00.000Z');
    world.now = world.keptUntil + 1;
    expect(link()).toBeUndefined();
  });

  it('leads to no other request, holds no longer, and is made by no other key', async () => {
    const [requestId, time, mac] = link()!.token.split('.');
    const later = (Number.parseInt(time, 36) + 1).toString(36);
    const ofAnotherKey = world.resultLinks(9).to('', world.states.get(ID)!)!.url.split('/').at(-1)!;
    const forged = [
      [OTHER, time, mac].join('.'),
      [requestId, later, mac].join('.'),
      [requestId, time, ''].join('.'),
      [requestId, time, `${mac.slice(0, -2)}AA`].join('.'),
      [requestId, time, mac, ''].join('.'),
      [requestId, `0${time}`, mac].join('.'),
      [requestId, time, '*'].join('.'),
      requestId,
      '',
      ofAnotherKey,
    ];
    for (const token of forged)
      expect([token, await refusalOfAsync(() => fetched(token))]).toEqual([token, 'RESULT_LINK_UNKNOWN']);
  });

  it.each(['prepared', 'verified', 'closed-refused', 'closed'])(
    'is not made of a request that is %s',
    async (status) => {
      await world.set(ID, status);
      expect(link()).toBeUndefined();
    },
  );

  it('stands in the status and in the callback of OpenDSR, once the request is completed', async () => {
    world.states.delete(ID);
    await world.openDsr.submit(
      JSON.stringify({
        regulation: 'gdpr',
        subject_request_id: ID,
        subject_request_type: 'access',
        submitted_time: '2026-01-30T15:00:00Z',
        subject_identities: [
          { identity_type: 'controller_customer_id', identity_value: '1234', identity_format: 'raw' },
        ],
        status_callback_urls: ['https://controller.example.com/opendsr/callbacks'],
      }),
    );
    const status = () => JSON.parse(world.openDsr.status(ID).body) as { results_url?: string };
    expect(status().results_url).toBeUndefined();
    await world.posted();
    await world.set(ID, 'closed-answered');
    const { url } = link()!;
    expect(status().results_url).toBe(url);
    const posts = await world.posted();
    expect(JSON.parse(posts.at(-1)!.body)).toMatchObject({ request_status: 'completed', results_url: url });
  });

  it('stands with its time in the status and in the callback of the Data Rights Protocol', async () => {
    const claims = {
      'agent-id': 'AGENT',
      'business-id': 'SHOP',
      'issued-at': new Date(START - 1_000).toISOString(),
      'expires-at': new Date(START + 600_000).toISOString(),
      'drp.version': '1.0',
      exercise: 'access',
      email: ANA,
      email_verified: true,
      status_callback: 'https://agent.example.com/callback',
    };
    const message = signedBy(agentKeys.privateKey, claims);
    const bearer = `Bearer ${world.rights.setUp('AGENT', message).token}`;
    const { request_id: requestId, results_url: early } = await world.rights.exercise(bearer, message);
    expect(early).toBeUndefined();
    await world.set(requestId, 'closed-answered');
    const expected = {
      status: 'fulfilled',
      results_url: expect.stringMatching(`^https://people\\.example\\.com/v1/results/${requestId}\\.`),
      expires_at: '2026-02-07T10:00:00.000Z',
    };
    expect(world.rights.status(bearer, requestId)).toMatchObject(expected);
    expect(JSON.parse((await world.posted()).at(-1)!.body)).toMatchObject(expected);
  });
});
