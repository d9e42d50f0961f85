import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { keyNames, type RequestEvent } from '#libs/contracts';
import { evolveRequest, type RequestState } from '#libs/erasure';
import { namedEventId, streamNames } from '#libs/messaging';
import { refusalOfAsync } from '#libs/testkit';
import { mailCarrier, MAIL_QUEUE, type Mail } from '#platform/mail';
import { Courier, Outbox } from '#platform/outbox';
import { InMemoryEventStore } from '#stages/event-store';
import { FileVault } from '#stages/vault';
import { AutomaticLetters, LetterDesk } from './index.js';

const REQUEST = '7f1d9b1e-0000-4000-8000-000000000001';
const START = Date.UTC(2026, 0, 31, 10);
const iso = (time: number): string => new Date(time).toISOString();

/** One installation's worth of this stage. */
class World {
  now = START;
  readonly mails: Mail[] = [];
  address: string | undefined = 'ana@example.org';
  state: RequestState | undefined;
  readonly store = new InMemoryEventStore({ now: () => iso(this.now) });
  readonly vault = FileVault.open({ file: ':memory:', kek: new Uint8Array(32).fill(3) });
  readonly outbox = Outbox.open(':memory:', this.vault, () => this.now);
  readonly courier = new Courier({
    outbox: this.outbox,
    carriers: {
      [MAIL_QUEUE]: mailCarrier({
        deliver: async (mail) => (this.mails.push(mail), { outcome: 'delivered' }),
      }),
    },
    now: () => this.now,
  });
  desk!: LetterDesk;
  private automatic: AutomaticLetters | undefined;

  /** As a process finds it. */
  async start(): Promise<void> {
    this.vault.ensureKey(keyNames.outbox);
    const correspondence = {
      request: () => this.state!,
      addressOf: () => this.address,
      recipients: () => 0,
    };
    const settings = { controller: 'Example Shop', locale: 'en', dpoAddress: 'dpo@example.com' } as const;
    const { store, vault, outbox, courier } = this;
    const now = (): string => iso(this.now);
    this.desk = await LetterDesk.open({ store, vault, outbox, courier, correspondence, settings, now });
    await this.automatic?.stop();
    this.automatic = new AutomaticLetters(store, this.desk, correspondence, () => this.now);
  }

  async happens(event: RequestEvent): Promise<void> {
    this.state = evolveRequest(this.state, event);
    const id = namedEventId(event.type, JSON.stringify(event.data));
    await this.store.append(streamNames.request(REQUEST), [{ id, ...event }]);
  }

  async submitted(
    changes: { kind?: 'erasure' | 'access'; channel?: 'portal' | 'drp' | 'consent-change' } = {},
  ): Promise<void> {
    const { kind = 'access', channel = 'portal' } = changes;
    const ground = kind === 'access' ? 'art-15-access' : 'art-17-1-erasure';
    const about = {
      requestId: REQUEST,
      subject: 'a1b2',
      kind,
      ground,
      channel,
      receivedAt: iso(START),
    } as const;
    await this.happens({ type: 'RequestSubmitted', data: about });
    await this.happens({
      type: 'IdentityVerified',
      data: { requestId: REQUEST, method: 'email-code', verifiedAt: iso(START) },
    });
  }

  /** Subjects of the mails that were sent, all of them. */
  async sent(): Promise<string[]> {
    await this.automatic!.caughtUp();
    await this.courier.deliverDue();
    return this.mails.map(({ subject }) => subject);
  }

  async close(): Promise<void> {
    await this.automatic?.stop();
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

const RECEIVED = 'We have received your request: access to your data';
const closed: RequestEvent = {
  type: 'RequestClosed',
  data: { requestId: REQUEST, outcome: 'completed', closedAt: iso(START) },
};

describe('letters that follow from what happens', () => {
  it('are sent once, however often the log is read', async () => {
    await world.submitted();
    expect(await world.sent()).toEqual([RECEIVED]);
    await world.start();
    expect(await world.sent()).toEqual([RECEIVED]);
    expect(world.mails[0].to).toBe('ana@example.org');
  });

  it('tell of an extension with its reasons, of doubt, of a refusal and of the end', async () => {
    await world.submitted();
    const about = { requestId: REQUEST, by: 'staff-1' } as const;
    await world.happens({ type: 'IdentityDoubted', data: { ...about, doubtedAt: iso(START) } });
    await world.happens({
      type: 'DeadlineExtended',
      data: { ...about, reasons: ['complexity'], dueAt: '2026-04-30T23:59:59.999Z', extendedAt: iso(START) },
    });
    await world.happens({
      type: 'CategoriesRefused',
      data: {
        ...about,
        refused: [{ category: 'invoices', ground: 'art-17-3-b-legal-obligation' }],
        refusedAt: iso(START),
      },
    });
    await world.happens(closed);
    expect((await world.sent()).slice(1).map((subject) => subject.split(':')[0])).toEqual([
      'Please show us who you are',
      'We need more time for your request',
      'Our decision on your request',
      'Your request is completed',
    ]);
    expect(world.mails[2].text).toContain('because your request is complex');
    expect(world.mails[2].text).toContain('30 April 2026');
    expect(world.mails[3].text).toContain('invoices: the law obliges us to keep it');
  });

  it.each(['drp', 'opendsr'])('are left to whoever filed over %s', async (channel) => {
    await world.submitted({ channel: channel as 'drp' });
    await world.happens(closed);
    expect(await world.sent()).toEqual([]);
  });

  it('do not repeat what a switch in the portal has shown', async () => {
    await world.submitted({ channel: 'consent-change' });
    expect(await world.sent()).toEqual([]);
  });

  it('are not written about what is long past, or without an address', async () => {
    world.address = undefined;
    await world.submitted();
    expect(await world.sent()).toEqual([]);
    world.address = 'ana@example.org';
    world.now += 4 * 86_400_000;
    await world.start();
    expect(await world.sent()).toEqual([]);
  });

  it('tell the data-protection officer of each light once, with facts only', async () => {
    await world.submitted({ channel: 'consent-change' });
    for (const light of ['amber', 'red'] as const)
      await world.happens({
        type: 'EscalationRaised',
        data: { requestId: REQUEST, light, dueAt: '2026-03-02T23:59:59.999Z', raisedAt: iso(START) },
      });
    await world.sent();
    await world.start();
    expect(await world.sent()).toEqual([
      `A deadline comes near: request ${REQUEST}`,
      `A deadline is about to be missed, or was missed: request ${REQUEST}`,
    ]);
    expect(world.mails.map(({ to }) => to)).toEqual(['dpo@example.com', 'dpo@example.com']);
    expect(JSON.stringify(world.mails)).not.toMatch(/ana|a1b2/);
  });
});

describe('the last letter of an erasure', () => {
  it('is sealed before the address is forgotten, and sent when the request is closed', async () => {
    await world.submitted({ kind: 'erasure' });
    await world.sent();
    await world.desk.prepareFarewell(world.state!);
    await world.desk.prepareFarewell(world.state!);
    world.address = undefined;
    await world.start();
    expect(await world.sent()).toHaveLength(1);
    await world.happens(closed);
    expect(await world.sent()).toHaveLength(2);
    expect(world.mails[1]).toMatchObject({
      to: 'ana@example.org',
      subject: 'Your request is completed: erasure of your data',
    });
    await world.start();
    expect(await world.sent()).toHaveLength(2);
  });

  it('is not sealed where no address is known, nor for kinds that forget nobody', async () => {
    await world.submitted();
    await world.desk.prepareFarewell(world.state!);
    world.address = undefined;
    await world.desk.prepareFarewell({ ...world.state!, kind: 'erasure' });
    expect(world.outbox.about(REQUEST)).toEqual([]);
  });
});

describe('a letter by hand', () => {
  it('is shown as it would be sent, and after that with when it was', async () => {
    await world.submitted({ channel: 'drp' });
    const before = await world.desk.view(REQUEST, 'received', 'de');
    expect(before).toMatchObject({
      letter: 'received',
      locale: 'de',
      subject: 'Ihr Antrag ist eingegangen: Auskunft über Ihre Daten',
    });
    expect(before.sentAt).toBeUndefined();
    expect(await world.desk.send(REQUEST, 'received', 'de')).toMatchObject({ sentAt: iso(START) });
    expect(await world.sent()).toEqual([before.subject]);
    await world.start();
    expect(await world.desk.view(REQUEST, 'received')).toMatchObject({ sentAt: iso(START) });
  });

  it('is refused while no address is known, and keeps none in the log', async () => {
    await world.submitted({ channel: 'drp' });
    await world.desk.send(REQUEST, 'received');
    const events: unknown[] = [];
    for await (const event of world.store.readAll()) events.push(event.data);
    expect(JSON.stringify(events)).not.toContain('example.org');
    world.address = undefined;
    expect(await refusalOfAsync(() => world.desk.send(REQUEST, 'received'))).toBe('LETTER_ADDRESS_UNKNOWN');
  });
});
