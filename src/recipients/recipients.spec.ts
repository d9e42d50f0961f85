import { createServer, type Server, type ServerResponse } from 'node:http';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { keyNames } from '#libs/contracts';
import { signerFromSeed } from '#libs/merkle';
import { refusalOfAsync } from '#libs/testkit';
import {
  formatPublicKey,
  parseWebhookKey,
  signWebhook,
  verifyWebhook,
  type SigningKey,
  type VerifyingKey,
  type WebhookHeaders,
} from '#libs/webhooks';
import { OutboundHttp } from '#platform/outbound';
import { Courier, Outbox, WEBHOOK_SCHEDULE } from '#platform/outbox';
import { InMemoryEventStore } from '#stages/event-store';
import { FileVault } from '#stages/vault';
import {
  Acknowledgements,
  NOTICE_QUEUE,
  noticeCarrier,
  NoticeKeys,
  RecipientNotices,
  RecipientRegistry,
  type NewRecipient,
} from './index.js';
import { noticeBody } from './notice.js';

const home = mkdtempSync(path.join(tmpdir(), 'lacuna-recipients-'));
afterAll(() => rmSync(home, { recursive: true }));

const LOCAL = { allowHttp: true, allowPrivateAddresses: true };
const ANA = 'ana@example.org';
const REQUEST = { requestId: '7f1d9b1e-0000-4000-8000-000000000001', kind: 'erasure' };
const PARTNER = '7f1d9b1e-0000-4000-8000-0000000000a1';
const OTHER = '7f1d9b1e-0000-4000-8000-0000000000a2';
const START = Date.UTC(2026, 0, 31, 10);

interface Heard {
  readonly headers: Partial<WebhookHeaders>;
  readonly body: string;
}

/** One installation's worth of this stage, over a recipient that answers as it is told. */
class World {
  now = START;
  readonly told: string[] = [];
  readonly heard: Heard[] = [];
  answer: (response: ServerResponse) => void = (response) => response.writeHead(204).end();
  readonly store = new InMemoryEventStore();
  readonly vault = FileVault.open({ file: ':memory:', kek: new Uint8Array(32).fill(3) });
  readonly subject = this.vault.enrolSubjects([ANA])[0].subject;
  readonly file = path.join(mkdtempSync(path.join(home, 'w-')), 'outbox.db');
  outbox = Outbox.open(this.file, this.vault, () => this.now);
  registry!: RecipientRegistry;
  notices!: RecipientNotices;
  acknowledgements!: Acknowledgements;
  courier!: Courier;
  private server!: Server;

  static async open(): Promise<World> {
    const world = new World();
    world.server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        world.heard.push({
          headers: request.headers as Heard['headers'],
          body: Buffer.concat(chunks).toString('utf8'),
        });
        world.answer(response);
      });
    });
    await new Promise<void>((ready) => world.server.listen(0, '127.0.0.1', ready));
    await world.start();
    return world;
  }

  /** As a process finds it. */
  async start(): Promise<void> {
    const iso = (): string => new Date(this.now).toISOString();
    const told = async ({ recipientId, outcome }: { recipientId: string; outcome: string }) =>
      void this.told.push(`${recipientId === PARTNER ? 'partner' : 'other'} ${outcome}`);
    this.registry = await RecipientRegistry.open(this.store, this.vault, LOCAL, iso);
    const keys = new NoticeKeys(this.outbox, this.vault, iso);
    keys.sweep();
    const http = new OutboundHttp({ policy: LOCAL, timeout: 2_000 });
    const carrier = noticeCarrier(this.registry, http, told, () => this.now);
    const carriers = {
      [NOTICE_QUEUE]: {
        ...carrier,
        forgotten: ({ reference }: { reference: string }) => keys.sweep(reference),
      },
    };
    this.courier = new Courier({ outbox: this.outbox, carriers, now: () => this.now, random: () => 0.5 });
    this.notices = new RecipientNotices({
      registry: this.registry,
      outbox: this.outbox,
      courier: { wake: () => {} },
      vault: this.vault,
      people: {
        externalIdsOf: (subject) => this.vault.externalIdsOf(subject).map(({ externalId }) => externalId),
        scopeOf: () => undefined,
      },
      now: iso,
    });
    this.acknowledgements = new Acknowledgements(this.registry, this.outbox, told, () => this.now);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as { port: number }).port}/hook?secret=in-the-path`;
  }

  get request() {
    return { ...REQUEST, subject: this.subject };
  }

  async add(choices: Partial<NewRecipient> = {}): Promise<VerifyingKey & SigningKey> {
    const added = await this.registry.add({
      recipientId: PARTNER,
      name: 'partner',
      url: this.url,
      signing: 'hmac-sha256',
      ...choices,
    });
    return parseWebhookKey(added.secret ?? added.publicKey!) as VerifyingKey & SigningKey;
  }

  /** What an erasure does: prepare, destroy, certify, tell. */
  async erase(): Promise<void> {
    await this.notices.prepare(this.request);
    this.vault.forgetSubject(this.subject);
    await this.notices.release(REQUEST.requestId);
    await this.courier.deliverDue();
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
    this.outbox.close();
    this.vault.close();
  }
}

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world.close());

const statesOf = () => world.notices.deliveries().map(({ state }) => state);

describe('a recipient', () => {
  it('is told of an erasure after it, signed, by the id it knows, and by nothing else of the person', async () => {
    const secret = await world.add();
    await world.erase();
    const [{ headers, body }] = world.heard;
    verifyWebhook(headers, body, secret, world.now / 1000);
    const [{ deliveryId }] = world.notices.deliveries();
    expect(JSON.parse(body)).toEqual({
      type: 'subject_request.erasure',
      timestamp: '2026-01-31T10:00:00.000Z',
      data: { deliveryId, requestId: REQUEST.requestId, subject: { externalIds: [ANA] } },
    });
    expect(headers['webhook-id']).toBe(deliveryId);
    expect(world.told).toEqual(['partner delivered']);
    expect(statesOf()).toEqual(['delivered']);
  });

  it('may ask for signatures by our key pair instead of a shared secret', async () => {
    const publicKey = await world.add({ signing: 'ed25519' });
    expect(publicKey.kind).toBe('ed25519');
    await world.erase();
    const [{ headers, body }] = world.heard;
    verifyWebhook(headers, body, publicKey, world.now / 1000);
  });

  it('is named in the certificate, and stays named when it is removed later', async () => {
    await world.add();
    await world.add({ recipientId: OTHER, name: 'another-partner' });
    await world.notices.prepare(world.request);
    await world.registry.remove(OTHER);
    expect(world.notices.groupsOf(REQUEST.requestId)).toEqual(['another-partner', 'partner']);
    expect([...world.notices.recipientsOf(REQUEST.requestId)].sort()).toEqual([PARTNER, OTHER]);
  });

  it.each(['access', 'portability'])('is not told of %s', async (kind) => {
    await world.add();
    await world.notices.prepare({ ...world.request, kind });
    expect(world.notices.recipientsOf(REQUEST.requestId)).toEqual([]);
  });

  it('is not sent anything before the request has come so far', async () => {
    await world.add();
    await world.notices.prepare(world.request);
    await world.courier.deliverDue();
    expect(world.heard).toEqual([]);
    expect(statesOf()).toEqual(['waiting']);
  });

  it('is shown by host only, and its secret is shown once', async () => {
    await world.add();
    const shown = JSON.stringify(world.registry.list());
    expect(world.registry.list()).toMatchObject([
      { name: 'partner', host: new URL(world.url).host, disabled: false },
    ]);
    expect(shown).not.toMatch(/whsec|in-the-path/);
    const events: unknown[] = [];
    for await (const event of world.store.readAll()) events.push(event.data);
    expect(JSON.stringify(events)).not.toMatch(/in-the-path|127\.0\.0\.1/);
  });

  it('is refused with a name that certificates cannot bear, that another one has, or a URL that nothing may be sent to', async () => {
    await world.add();
    const refusal = (choices: Partial<NewRecipient>) =>
      refusalOfAsync(() => world.add({ recipientId: OTHER, name: 'other', ...choices }));
    expect(await refusal({ name: 'partner' })).toBe('RECIPIENT_NAME_TAKEN');
    expect(await refusal({ name: 'Mail provider, Ltd' })).toBe('RECIPIENT_NAME_MALFORMED');
    expect(await refusal({ url: 'ftp://example.org' })).toBe('OUTBOUND_URL_MALFORMED');
    expect(await refusal({ acknowledgementKey: 'whpk_x' })).toBe('WEBHOOK_KEY_MALFORMED');
    expect(world.registry.list()).toHaveLength(1);
  });

  it('loses its keys when it is removed, and what waits for it is given up', async () => {
    await world.add();
    await world.notices.prepare(world.request);
    await world.registry.remove(PARTNER);
    expect(world.vault.keyState(keyNames.recipientSigning(PARTNER))).toBe('destroyed');
    await world.notices.release(REQUEST.requestId);
    await world.courier.deliverDue();
    expect(world.heard).toEqual([]);
    expect(world.told).toEqual(['partner given-up']);
    expect(await refusalOfAsync(() => world.registry.remove(PARTNER))).toBe('RECIPIENT_UNKNOWN');
  });
});

describe('what a recipient is to be told', () => {
  it('survives the process, and the person’s entry in the directory', async () => {
    await world.add();
    await world.notices.prepare(world.request);
    await world.notices.prepare(world.request);
    world.vault.forgetSubject(world.subject);
    await world.notices.prepare(world.request);
    await world.start();
    await world.notices.release(REQUEST.requestId);
    await world.courier.deliverDue();
    expect(world.heard).toHaveLength(1);
    expect(world.heard[0].body).toContain(ANA);
  });

  it('lies nowhere in plain text, and its key is destroyed when it was told', async () => {
    await world.add();
    await world.notices.prepare(world.request);
    const name = keyNames.notices(REQUEST.requestId);
    const bytes = () => Buffer.concat(['', '-wal'].map((end) => readFileSync(`${world.file}${end}`)));
    expect(bytes().includes(ANA)).toBe(false);
    expect(world.vault.keyState(name)).toBe('live');
    await world.erase();
    expect(world.vault.keyState(name)).toBe('destroyed');
    expect(JSON.stringify(world.notices.deliveries())).not.toContain(ANA);
    await world.notices.prepare(world.request);
    expect(statesOf()).toEqual(['delivered']);
  });

  it('keeps its key while another recipient waits, and loses it when that one is given up', async () => {
    await world.add();
    await world.add({ recipientId: OTHER, name: 'other', url: 'http://127.0.0.1:1/' });
    await world.erase();
    const name = keyNames.notices(REQUEST.requestId);
    expect(statesOf().sort()).toEqual(['delivered', 'waiting']);
    expect(world.vault.keyState(name)).toBe('live');
    for (const pause of WEBHOOK_SCHEDULE) {
      world.now += pause;
      await world.courier.deliverDue();
    }
    expect(statesOf().sort()).toEqual(['delivered', 'given-up']);
    expect(world.told).toEqual(['partner delivered', 'other given-up']);
    expect(world.vault.keyState(name)).toBe('destroyed');
  });

  it('is told again, under the same id and signed anew, when the answer was lost', async () => {
    const secret = await world.add();
    world.answer = (response) => response.destroy();
    await world.erase();
    world.answer = (response) => response.writeHead(200).end();
    world.now += WEBHOOK_SCHEDULE[0];
    await world.courier.deliverDue();
    const [first, second] = world.heard;
    expect(second.headers['webhook-id']).toBe(first.headers['webhook-id']);
    expect(second.body).toBe(first.body);
    expect(second.headers['webhook-timestamp']).not.toBe(first.headers['webhook-timestamp']);
    verifyWebhook(second.headers, second.body, secret, world.now / 1000);
    expect(world.notices.deliveries()).toMatchObject([{ state: 'delivered', attempts: 2 }]);
  });

  it.each([
    ['a redirect', 302, 'HTTP_302'],
    ['an error', 500, 'HTTP_500'],
    ['no such path', 404, 'HTTP_404'],
  ])('is tried again after %s', async (_, status, lastCode) => {
    await world.add();
    world.answer = (response) => response.writeHead(status, { location: world.url }).end();
    await world.erase();
    expect(world.notices.deliveries()).toMatchObject([{ state: 'waiting', attempts: 1, lastCode }]);
    expect(world.heard).toHaveLength(1);
    expect(world.told).toEqual([]);
  });

  it('waits as long as the recipient asks', async () => {
    await world.add();
    world.answer = (response) => response.writeHead(429, { 'retry-after': '3600' }).end();
    await world.erase();
    expect(world.notices.deliveries()).toMatchObject([{ nextAttemptAt: '2026-01-31T11:00:00.000Z' }]);
  });

  it('is given up at once when the recipient is gone, and nothing is sent there again', async () => {
    await world.add();
    world.answer = (response) => response.writeHead(410).end();
    await world.erase();
    expect(world.told).toEqual(['partner given-up']);
    expect(world.registry.list()).toMatchObject([{ disabled: true }]);
    await world.start();
    expect(world.registry.enabled()).toEqual([]);
  });
});

describe('a notice of a withdrawal', () => {
  it('says which records it is about, and no position of our log', () => {
    const scope = { purpose: 'recommendations', categories: ['Horror'], recordedBefore: '17' };
    const about = {
      deliveryId: PARTNER,
      requestId: OTHER,
      kind: 'withdrawal',
      externalIds: ['a-1'],
    } as const;
    expect(JSON.parse(noticeBody({ ...about, scope, decidedAt: '2026-01-31T10:00:00.000Z' }))).toMatchObject({
      type: 'subject_request.withdrawal',
      data: { scope: { purpose: 'recommendations', categories: ['Horror'] } },
    });
    expect(noticeBody({ ...about, scope, decidedAt: '' })).not.toContain('recordedBefore');
  });
});

describe('an acknowledgement', () => {
  const acknowledge = (key: SigningKey, deliveryId: string, at = world.now) => {
    const body = JSON.stringify({ type: 'subject_request.acknowledged', data: { deliveryId } });
    return world.acknowledgements.receive(
      signWebhook({ id: 'msg_1', timestamp: Math.floor(at / 1000), body }, key),
      body,
    );
  };

  it('may be the answer itself', async () => {
    await world.add();
    world.answer = (response) => response.writeHead(200).end('{"acknowledged":true}');
    await world.erase();
    expect(world.told).toEqual(['partner acknowledged']);
    expect(statesOf()).toEqual(['acknowledged']);
  });

  it.each(['{"acknowledged":"true"}', '{"acknowledged":false}', '<html>', '[]', 'null', ''])(
    'is not an answer such as %p, which only says that it arrived',
    async (text) => {
      await world.add();
      world.answer = (response) => response.writeHead(200).end(text);
      await world.erase();
      expect(world.told).toEqual(['partner delivered']);
    },
  );

  it('may come later, signed with the secret, and come twice', async () => {
    const secret = await world.add();
    await world.erase();
    const [{ deliveryId }] = world.notices.deliveries();
    await acknowledge(secret, deliveryId);
    await acknowledge(secret, deliveryId);
    expect(new Set(world.told)).toEqual(new Set(['partner delivered', 'partner acknowledged']));
    expect(statesOf()).toEqual(['acknowledged']);
  });

  it('may be signed by a key pair of the recipient', async () => {
    const signer = signerFromSeed(new Uint8Array(32).fill(8));
    const acknowledgementKey = formatPublicKey(signer.publicKey);
    await world.add({ signing: 'ed25519', acknowledgementKey });
    await world.erase();
    await acknowledge({ kind: 'ed25519', signer }, world.notices.deliveries()[0].deliveryId);
    expect(statesOf()).toEqual(['acknowledged']);
  });

  it('is refused from anybody else, of another delivery, too late, and of what was given up, each in the same words', async () => {
    const secret = await world.add();
    const stranger: SigningKey = { kind: 'hmac-sha256', secret: new Uint8Array(32) };
    await world.notices.prepare(world.request);
    const [{ deliveryId }] = world.notices.deliveries();
    const refusals = [
      await refusalOfAsync(() => acknowledge(secret, deliveryId)),
      await world.erase().then(() => refusalOfAsync(() => acknowledge(stranger, deliveryId))),
      await refusalOfAsync(() => acknowledge(secret, OTHER)),
      await refusalOfAsync(() => acknowledge(secret, deliveryId, world.now - 600_000)),
      await refusalOfAsync(() => world.acknowledgements.receive({}, 'no JSON')),
      await refusalOfAsync(() => world.acknowledgements.receive({}, 'null')),
      await refusalOfAsync(() => world.acknowledgements.receive({}, '')),
    ];
    expect(new Set(refusals)).toEqual(new Set(['ACKNOWLEDGEMENT_INVALID']));
    expect(statesOf()).toEqual(['delivered']);
  });

  it('is not our own notice sent back', async () => {
    await world.add();
    await world.erase();
    const [{ headers, body }] = world.heard;
    expect(await refusalOfAsync(() => world.acknowledgements.receive(headers, body))).toBe(
      'ACKNOWLEDGEMENT_INVALID',
    );
  });
});
