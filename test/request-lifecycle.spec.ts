import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { refusalOfAsync } from '#libs/testkit';
import { verifyCertificate } from '#libs/verification';
import { utf8 } from '#libs/essentials';
import type { RefusalGround } from '#libs/contracts';
import type { Filing } from '#stages/requests';
import type { Installation } from '../apps/installation/index.js';
import {
  ITEMS,
  openSmall,
  PEOPLE,
  peopleByShard,
  populate,
  PURPOSE,
  TemporaryFolders,
  trustOf,
  using,
} from './support/small-installation.js';

const folders = new TemporaryFolders();
afterAll(() => folders.remove());

const REQUEST = '7f1d9b1e-0000-4000-8000-000000000001';
const OTHER = '7f1d9b1e-0000-4000-8000-000000000002';
const ERASURE = '7f1d9b1e-0000-4000-8000-000000000003';
const HOLD = '7f1d9b1e-0000-4000-8000-000000000009';
const PERSON = PEOPLE[4];
const [ADA, BOB] = ['staff-ada', 'staff-bob'];
const TYPED = 'ERASE 7f1d9b1e';
const START = Date.UTC(2026, 0, 31, 10);
const HOUR = 3_600_000;

let trained: string;
beforeAll(async () => {
  trained = folders.next();
  await using(trained, async (installation) => {
    await populate(installation);
    await installation.trainings.train();
  });
}, 60_000);

/** A copy of the trained installation with a clock that a test turns. */
async function within<T>(
  work: (installation: Installation, clock: { at: number }) => Promise<T>,
  folder = folders.copyOf(trained),
): Promise<T> {
  const clock = { at: START };
  const installation = await openSmall(folder, { now: () => new Date(clock.at) });
  try {
    return await work(installation, clock);
  } finally {
    await installation.close();
  }
}

function file(
  { requests, vault }: Installation,
  filing: Partial<Filing> & Pick<Filing, 'kind'>,
  person = PERSON,
) {
  return requests.file({
    requestId: REQUEST,
    subject: vault.findSubject(person)!,
    channel: 'portal',
    identity: 'session',
    ...filing,
  });
}

const digestOf = async ({ trainings }: Installation) => {
  const manifest = (await trainings.servingManifest())!;
  return manifest.shards.map(({ shard, digest, datasetRoot }) => ({ shard, digest, datasetRoot }));
};

const isServed = async ({ recommendations }: Installation, person = PERSON): Promise<unknown> =>
  recommendations.recommend(person, 3).then(
    ({ quarantinedShards }) => quarantinedShards,
    (error: { code: string }) => error.code,
  );

/** Erased under a grace window: accepted by two people, taken out of the model, not destroyed. */
async function eraseWithGrace(installation: Installation): Promise<void> {
  await (
    await file(installation, { kind: 'erasure' })
  ).finished;
  await installation.desk.approve(REQUEST, ADA, TYPED);
  await installation.desk.approve(REQUEST, BOB, TYPED);
  await installation.resume();
}

describe('an erasure that a person asks for', () => {
  it('waits for two people, and uses the data until then', async () => {
    await within(async (installation) => {
      const { followKey, finished } = await file(installation, { kind: 'erasure' });
      expect(await finished).toMatchObject({ status: 'verified', approvalsNeeded: 2 });
      const isKey = (requestId: string, key: string) => installation.requests.isFollowKey(requestId, key);
      expect([isKey(REQUEST, followKey!), isKey(REQUEST, 'guessed'), isKey(OTHER, followKey!)]).toEqual([
        true,
        false,
        false,
      ]);
      await installation.desk.approve(REQUEST, ADA, TYPED);
      expect(installation.requests.get(REQUEST).status).toBe('verified');
      await installation.desk.approve(REQUEST, BOB, TYPED);
      expect(installation.requests.get(REQUEST)).toMatchObject({ graceUntil: '2026-02-01T10:00:00.000Z' });
    });
  });

  it('is out of use and out of the model at once, and destroyed when the grace window is over', async () => {
    await within(async (installation, clock) => {
      const before = await digestOf(installation);
      await eraseWithGrace(installation);
      const { status, subject, ...state } = installation.requests.get(REQUEST);
      expect(state).toMatchObject({ unlearnedAt: '2026-01-31T10:00:00.000Z' });
      expect(status).toBe('assigned');
      expect(installation.vault.keyState(`${subject}/profile`)).toBe('live');
      const during = await digestOf(installation);
      expect(during).not.toEqual(before);
      expect(await isServed(installation, PEOPLE[5])).toEqual([]); // no shard has to be left out meanwhile
      clock.at = START + 23 * HOUR;
      await installation.desk.tick();
      expect(installation.requests.get(REQUEST).status).toBe('assigned');
      clock.at = START + 24 * HOUR;
      await installation.desk.tick();
      expect(installation.requests.get(REQUEST).status).toBe('closed');
      expect(installation.vault.keyState(`${subject}/profile`)).toBe('destroyed');
      const bundle = utf8(JSON.stringify(await installation.certificates.read(REQUEST)));
      const { certificate } = verifyCertificate({ bundle, trust: trustOf(installation) });
      expect(certificate.times.completed).toBe('2026-02-01T10:00:00.000Z');
      expect(await digestOf(installation)).toEqual(during);
    });
  });

  it('that is taken back in time is as if it had never been asked for', async () => {
    const untouched = await within(async (installation) => {
      await installation.trainings.train();
      return digestOf(installation);
    });
    await within(async (installation) => {
      await eraseWithGrace(installation);
      expect(await installation.ingest.consents.consentsOf(PERSON)).toMatchObject({
        consents: [{ purpose: PURPOSE }],
      });
      expect(await isServed(installation)).not.toBe('SUBJECT_UNKNOWN');
      await installation.desk.cancel(REQUEST, 'subject');
      expect(installation.requests.get(REQUEST).status).toBe('closed-cancelled');
      await installation.trainings.train();
      expect(await digestOf(installation)).toEqual(untouched);
      const rating = {
        subject: PERSON,
        item: 'i1',
        type: 'view',
        time: START / 1000,
        value: 1,
        purpose: PURPOSE,
      };
      const [again] = await installation.ingest.interactions.record([rating]);
      expect(again.status).toBe('recorded');
    });
  });

  it('cannot be taken back when the grace window is over', async () => {
    await within(async (installation, clock) => {
      await eraseWithGrace(installation);
      clock.at = START + 24 * HOUR;
      expect(await refusalOfAsync(() => installation.desk.cancel(REQUEST, 'subject'))).toBe(
        'CANCEL_TOO_LATE',
      );
    });
  });

  it('destroys what is left when a category of it was refused, and keeps that out of use', async () => {
    await within(async (installation, clock) => {
      await (
        await file(installation, { kind: 'erasure' })
      ).finished;
      const subject = installation.vault.findSubject(PERSON)!;
      const stored = await installation.subjects.stored(subject);
      const horror = stored.filter(({ item }) =>
        ITEMS.find((one) => one.item === item)!.categories.includes('Horror'),
      );
      await installation.desk.refuse(REQUEST, ADA, [
        { category: 'Horror', ground: 'art-17-3-b-legal-obligation' },
      ]);
      await installation.desk.approve(REQUEST, ADA, TYPED);
      await installation.desk.approve(REQUEST, BOB, TYPED);
      clock.at = START + 24 * HOUR;
      await installation.resume();
      expect(installation.requests.get(REQUEST)).toMatchObject({ status: 'closed', kept: horror.length });
      expect(await installation.subjects.stored(subject)).toHaveLength(horror.length);
      expect(await installation.subjects.records(subject)).toEqual([]);
      const gone = await digestOf(installation);
      await installation.trainings.train();
      expect(await digestOf(installation)).toEqual(gone);
      const digest = await installation.projections.digest();
      await installation.projections.runner.rebuild();
      expect(await installation.projections.digest()).toBe(digest);
    });
  });
});

describe('a legal hold', () => {
  const hold = ({ desk, vault }: Installation) =>
    desk.placeHold(HOLD, { kind: 'subject', subject: vault.findSubject(PERSON)! }, 'litigation', ADA);

  it('lets an erasure take the data out of use and out of the model, and destroy nothing until it is released', async () => {
    await within(async (installation) => {
      await hold(installation);
      const { finished } = await installation.requests.erase({
        requestId: REQUEST,
        externalId: PERSON,
        channel: 'cli',
      });
      const held = await finished;
      expect(held.status).toBe('assigned');
      expect(installation.desk.stoppedBy(installation.desk.holds()[0])).toEqual([REQUEST]);
      expect(installation.queue.summary(held).phase).toBe('on-hold');
      expect(await isServed(installation, PEOPLE[5])).toEqual([]);
      await installation.resume();
      expect(installation.requests.get(REQUEST).status).toBe('assigned');
      expect(await installation.store.streamState(`subject-${held.subject}`)).toBe('live');
      await installation.desk.releaseHold(HOLD, BOB);
      await installation.resume();
      expect(installation.requests.get(REQUEST).status).toBe('closed');
    });
  });

  it('on a category stops whoever has records in it, and nobody else', async () => {
    await within(async (installation) => {
      await installation.desk.placeHold(
        HOLD,
        { kind: 'category', category: 'Horror' },
        'authority-order',
        ADA,
      );
      const withdraw = async (requestId: string, category: string) =>
        (
          await installation.requests.withdraw(
            { requestId, externalId: PERSON, channel: 'cli' },
            { categories: [category] },
          )
        ).finished;
      expect((await withdraw(REQUEST, 'Horror')).status).toBe('assigned');
      expect((await withdraw(OTHER, 'Comedy')).status).toBe('closed');
    });
  });

  it('that comes between the destruction of the records and of their keys keeps the keys', async () => {
    const folder = folders.copyOf(trained);
    const installation = await openSmall(folder, {
      onRequestStep: (_, step, when) => {
        if (step === 'destroy-keys' && when === 'before') throw new Error('the process died here');
      },
    });
    await installation.requests
      .erase({ requestId: REQUEST, externalId: PERSON, channel: 'cli' })
      .then(({ finished }) => finished)
      .catch(() => undefined);
    const { subject } = installation.requests.get(REQUEST);
    await installation.close();
    await within(async (again) => {
      await again.desk.placeHold(HOLD, { kind: 'subject', subject }, 'litigation', ADA);
      await again.resume();
      expect(again.requests.get(REQUEST).status).toBe('erased');
      expect(again.vault.keyState(`${subject}/profile`)).toBe('live');
      await again.desk.releaseHold(HOLD, ADA);
      await again.resume();
      expect(again.requests.get(REQUEST).status).toBe('closed');
    }, folder);
  });
});

describe('a restriction', () => {
  const restrict = async (installation: Installation) => {
    await (
      await file(installation, { kind: 'restriction' })
    ).finished;
    await installation.desk.approve(REQUEST, ADA);
    await installation.resume();
  };

  it('makes the model of those who are not restricted, bit for bit, and destroys nothing', async () => {
    const erased = await within(async (installation) => {
      await (
        await installation.requests.erase({ requestId: REQUEST, externalId: PERSON, channel: 'cli' })
      ).finished;
      return digestOf(installation);
    });
    await within(async (installation) => {
      const stored = await installation.subjects.stored(installation.vault.findSubject(PERSON)!);
      await restrict(installation);
      expect(installation.requests.get(REQUEST).status).toBe('restricted');
      expect(await digestOf(installation)).toEqual(erased);
      expect(await installation.subjects.stored(installation.vault.findSubject(PERSON)!)).toEqual(stored);
      await installation.trainings.train();
      expect(await digestOf(installation)).toEqual(erased);
      const rating = {
        subject: PERSON,
        item: 'i1',
        type: 'view',
        time: START / 1000,
        value: 1,
        purpose: PURPOSE,
      };
      expect(await installation.ingest.interactions.record([rating])).toMatchObject([
        { code: 'SUBJECT_RESTRICTED' },
      ]);
    });
  });

  it('gives the same model as before when it is lifted and the line is trained', async () => {
    await within(async (installation) => {
      const before = await digestOf(installation);
      await restrict(installation);
      await installation.desk.liftRestriction(REQUEST, ADA);
      expect(installation.requests.get(REQUEST).status).toBe('closed-answered');
      await installation.trainings.train();
      expect(await digestOf(installation)).toEqual(before);
    });
  });

  it('does not stand in the way of an erasure, which ends it', async () => {
    await within(async (installation) => {
      await restrict(installation);
      const { finished } = await installation.requests.erase({
        requestId: OTHER,
        externalId: PERSON,
        channel: 'cli',
      });
      const closed = await finished;
      expect(closed.status).toBe('closed');
      expect('labels' in closed && closed.labels.length).toBeGreaterThan(0);
      expect(installation.requests.get(REQUEST).status).toBe('closed-answered');
    });
  });

  it('of one person changes nothing about the unlearning of another in the same shard', async () => {
    const [[one, two]] = await within((installation) => peopleByShard(installation));
    await within(async (installation) => {
      await (
        await file(installation, { kind: 'restriction' }, one)
      ).finished;
      await installation.desk.approve(REQUEST, ADA);
      await installation.resume();
      const { finished } = await installation.requests.erase({
        requestId: OTHER,
        externalId: two,
        channel: 'cli',
      });
      expect((await finished).status).toBe('closed');
      const bundle = utf8(JSON.stringify(await installation.certificates.read(OTHER)));
      expect(() => verifyCertificate({ bundle, trust: trustOf(installation) })).not.toThrow();
    });
  });
});

describe('an objection to a purpose', () => {
  it('unlearns like a withdrawal, under its own ground, and nothing comes under the purpose any more', async () => {
    await within(async (installation) => {
      const { finished } = await file(installation, { kind: 'objection', scope: { purpose: PURPOSE } });
      expect((await finished).status).toBe('closed');
      const { request } = await installation.certificates.predicate(REQUEST);
      expect(request).toMatchObject({ kind: 'objection', legalGround: 'art-21-objection' });
      const rating = {
        subject: PERSON,
        item: 'i1',
        type: 'view',
        time: START / 1000,
        value: 1,
        purpose: PURPOSE,
      };
      expect(await installation.ingest.interactions.record([rating])).toMatchObject([
        { code: 'CONSENT_MISSING' },
      ]);
      expect(installation.requests.all()).toHaveLength(1); // the withdrawal of consent finds nothing more to unlearn
    });
  });
});

describe('a controller under the CCPA', () => {
  it('has 45 days and grounds of its own for what people ask at the portal, by the settings, and those of the GDPR where a protocol says so', async () => {
    const installation = await openSmall(folders.next(), {
      settings: { requests: { regime: 'ccpa' } },
      now: () => new Date(START),
    });
    await populate(installation);
    const { state } = await file(installation, { kind: 'rectification', statement: 'It was four stars.' });
    expect(state).toMatchObject({ regime: 'ccpa', dueAt: '2026-03-17T23:59:59.999Z' });
    const other = { requestId: OTHER, regime: 'gdpr', statement: 'It was five.' } as const;
    const { state: european } = await file(installation, { kind: 'rectification', ...other });
    expect(european).toMatchObject({ regime: 'gdpr', dueAt: '2026-03-02T23:59:59.999Z' });
    expect([state.ground, european.ground]).toEqual(['ccpa-106-correct', 'art-16-rectification']);
    const { desk, preview, requests, vault } = installation;
    const erased = await requests.erase({ requestId: ERASURE, externalId: PEOPLE[5], channel: 'cli' });
    expect((await erased.finished).status).toBe('closed');
    const bundle = utf8(JSON.stringify(await installation.certificates.read(ERASURE)));
    const { certificate } = verifyCertificate({ bundle, trust: trustOf(installation) });
    expect(certificate.request).toMatchObject({ kind: 'erasure', legalGround: 'ccpa-105-delete' });
    const refuse = (requestId: string, ground: RefusalGround) =>
      refusalOfAsync(() => desk.refuse(requestId, ADA, [{ category: 'everything', ground }]));
    expect(await refuse(REQUEST, 'art-17-3-e-legal-claims')).toBe('REFUSAL_GROUND_OF_OTHER_LAW');
    expect(await refuse(OTHER, 'ccpa-145-a-legal-claims')).toBe('REFUSAL_GROUND_OF_OTHER_LAW');
    const ground = 'ccpa-145-h-manifestly-unfounded';
    await desk.refuse(REQUEST, ADA, [{ category: 'everything', ground }]);
    expect(installation.requests.get(REQUEST).refused).toEqual([{ category: 'everything', ground }]);
    await desk.placeHold(HOLD, { kind: 'category', category: 'Horror' }, 'litigation', ADA);
    expect(await preview.asked(vault.findSubject(PERSON)!, 'erasure')).toMatchObject({
      retained: [{ ground: 'ccpa-145-a-legal-claims', holdId: HOLD }],
    });
    await installation.close();
  });
});

describe('an export', () => {
  it('of access holds records with titles, consents and requests, and is gone with the person', async () => {
    await within(async (installation) => {
      const state = await (await file(installation, { kind: 'access' })).finished;
      expect(state.status).toBe('closed-answered');
      const text = Buffer.from(await installation.exports.json(state)).toString();
      const content = JSON.parse(text) as Record<'records' | 'consents' | 'requests', unknown[]>;
      expect(content.records[0]).toMatchObject({
        title: expect.stringMatching(/^Item \d+$/),
        purpose: PURPOSE,
      });
      expect(content.consents).toMatchObject([{ purpose: PURPOSE, event: { state: 'given' } }]);
      expect(content.requests).toMatchObject([{ requestId: REQUEST, kind: 'access' }]);
      expect(text).not.toContain(PERSON);
      await (
        await installation.requests.erase({ requestId: OTHER, externalId: PERSON, channel: 'cli' })
      ).finished;
      expect(await refusalOfAsync(() => installation.exports.json(state))).toBe('EXPORT_NOT_KEPT');
    });
  });

  it('as a table makes text of what a spreadsheet would run', async () => {
    await within(async (installation) => {
      const [{ item }] = await installation.subjects.stored(installation.vault.findSubject(PERSON)!);
      await installation.ingest.catalogue.catalogue([
        { item, title: '=HYPERLINK("http://x")', categories: ['@a'] },
      ]);
      const state = await (await file(installation, { kind: 'portability' })).finished;
      const table = Buffer.from(await installation.exports.csv(state)).toString();
      expect(table.split('\n')[0]).toBe(
        'section,time,item,title,categories,type,value,purpose,state,reference',
      );
      expect(table).toContain(`"'=HYPERLINK(""http://x"")",'@a`);
      expect(table).not.toContain('request,');
    });
  });

  it('can be fetched for some days only', async () => {
    await within(async (installation, clock) => {
      const state = await (await file(installation, { kind: 'access' })).finished;
      clock.at = START + 31 * 24 * HOUR;
      expect(await refusalOfAsync(() => installation.exports.csv(state))).toBe('EXPORT_NOT_KEPT');
    });
  });
});

describe('a rectification', () => {
  it('tells staff in the person’s words what is wrong, and is closed when they have corrected it', async () => {
    await within(async (installation) => {
      const statement = 'I have never rated Item 7.';
      await (
        await file(installation, { kind: 'rectification', statement })
      ).finished;
      const viewer = { kind: 'staff', actor: ADA } as const;
      const detail = () => installation.details.of(installation.requests.get(REQUEST), viewer);
      expect(await detail()).toMatchObject({
        statement,
        actions: expect.arrayContaining(['approve', 'refuse']),
      });
      await installation.desk.approve(REQUEST, ADA);
      expect(await detail()).toMatchObject({ actions: expect.arrayContaining(['fulfil']) });
      await installation.desk.fulfil(REQUEST, ADA);
      expect(await detail()).toMatchObject({
        phase: 'completed',
        parts: [{ part: 'recipients', state: 'not-needed' }],
      });
      for await (const event of installation.store.readStream(`request-${REQUEST}`))
        expect(JSON.stringify(event.data)).not.toContain('never rated');
    });
  });
});

describe('an id under which two things are asked at the same moment', () => {
  it('is of the one that came first, and the other is told', async () => {
    await within(async ({ requests }) => {
      const ask = (externalId: string) => requests.erase({ requestId: REQUEST, externalId, channel: 'cli' });
      const asked = await Promise.allSettled([ask(PERSON), ask(PEOPLE[1]), ask(PERSON)]);
      expect(asked.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect(asked[1]).toMatchObject({ reason: { code: 'REQUEST_ID_REUSED' } });
    });
  });
});

describe('a request of somebody unknown', () => {
  it('waits for its person, and nobody else can verify it', async () => {
    await within(async (installation, clock) => {
      await (
        await file(installation, { kind: 'access', identity: 'awaited' })
      ).finished;
      expect(installation.queue.page({ page: 1, size: 10 }).total).toBe(0);
      expect(installation.queue.page({ page: 1, size: 10, tab: 'unverified' }).rows).toMatchObject([
        { requestId: REQUEST, phase: 'awaiting-identity', clock: { light: 'none' } },
      ]);
      const verify = (person: string) =>
        installation.requests.identityVerified({
          requestId: REQUEST,
          subject: installation.vault.findSubject(person)!,
          method: 'email-code',
        });
      expect(await refusalOfAsync(() => verify(PEOPLE[5]))).toBe('IDENTITY_OF_ANOTHER');
      clock.at = START + 48 * HOUR;
      await (
        await verify(PERSON)
      ).finished;
      expect(installation.requests.get(REQUEST)).toMatchObject({
        status: 'closed-answered',
        dueAt: '2026-03-02T23:59:59.999Z',
      });
    });
  });

  it('expires', async () => {
    await within(async (installation, clock) => {
      await (
        await file(installation, { kind: 'access', identity: 'awaited' })
      ).finished;
      clock.at = START + 14 * 24 * HOUR;
      await installation.desk.tick();
      expect(installation.requests.get(REQUEST).status).toBe('expired');
    });
  });
});

describe('the queue', () => {
  it('links what the same person has asked for twice, and closes neither', async () => {
    await within(async (installation) => {
      for (const requestId of [REQUEST, OTHER])
        await (
          await file(installation, { kind: 'erasure', requestId })
        ).finished;
      expect(installation.queue.page({ page: 1, size: 10 }).rows).toMatchObject([
        { requestId: REQUEST, duplicates: [OTHER] },
        { requestId: OTHER, duplicates: [REQUEST] },
      ]);
    });
  });

  it('tells each warning of a deadline once, as an event', async () => {
    await within(async (installation, clock) => {
      await (
        await file(installation, { kind: 'erasure' })
      ).finished;
      for (const days of [1, 25, 26, 40, 50]) {
        clock.at = START + days * 24 * HOUR;
        await installation.desk.tick();
      }
      const lights: unknown[] = [];
      for await (const { type, data } of installation.store.readStream(`request-${REQUEST}`))
        if (type === 'EscalationRaised') lights.push((data as { light: string }).light);
      expect(lights).toEqual(['amber', 'red']);
    });
  });

  it('shows before a decision how long it usually takes, once it has happened', async () => {
    await within(async (installation) => {
      const { vault, preview } = installation;
      const asked = () => preview.asked(vault.findSubject(PEOPLE[1])!, 'erasure');
      expect((await asked()).lines[0]).not.toHaveProperty('estimatedSeconds');
      const { finished } = await file(installation, { kind: 'objection', scope: { purpose: PURPOSE } });
      await finished;
      expect((await asked()).lines).toMatchObject([{ version: 2, estimatedSeconds: 0 }]); // the clock of tests stands still
    });
  });

  it('shows before a decision what it would do, and records nothing', async () => {
    await within(async (installation) => {
      await (
        await file(installation, { kind: 'erasure' })
      ).finished;
      await installation.desk.placeHold(HOLD, { kind: 'category', category: 'Horror' }, 'litigation', ADA);
      const head = await installation.store.head();
      const state = installation.requests.get(REQUEST);
      const stored = await installation.subjects.stored(state.subject);
      const preview = await installation.preview.of(state);
      const kept = preview.retained.reduce((sum, { records }) => sum + records, 0);
      expect(preview).toMatchObject({
        retained: [{ ground: 'art-17-3-e-legal-claims', holdId: HOLD }],
        lines: [{ line: 'main', version: 1, ofShards: 3, shards: [expect.any(Number)] }],
        recipients: 0,
      });
      expect(preview.erasable + kept).toBe(stored.length);
      expect(await installation.store.head()).toBe(head);
    });
  });
});
