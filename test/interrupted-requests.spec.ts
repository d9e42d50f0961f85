import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RequestStep } from '#libs/erasure';
import type { Installation } from '../apps/installation/index.js';
import { diesBeforeWrite } from './support/interruptions.js';
import { openSmall, PEOPLE, populate, TemporaryFolders, using } from './support/small-installation.js';

type Step = RequestStep | 'rebuild';

const folders = new TemporaryFolders();
afterAll(() => folders.remove());

const REQUEST = '7f1d9b1e-0000-4000-8000-000000000001';
const TAKEN_IN: readonly Step[] = ['verify', 'accept', 'quarantine', 'assign', 'rebuild'];
const DESTROYED: readonly Step[] = [...TAKEN_IN, 'erase', 'destroy-keys', 'certify', 'close'];
const STEPS = {
  withdrawal: DESTROYED,
  erasure: DESTROYED,
  'an erasure that is taken back': [...TAKEN_IN, 'release', 'close'],
  'a restriction that is lifted': [...TAKEN_IN, 'restrict', 'release', 'close'],
} as const satisfies Record<string, readonly Step[]>;

type Kind = keyof typeof STEPS;
type Point = { readonly step: Step; readonly when: 'before' | 'after' };

const pointsOf = (kind: Kind): Point[] =>
  STEPS[kind].flatMap((step) => [
    { step, when: 'before' as const },
    { step, when: 'after' as const },
  ]);

/** What people do from the beginning to the end; whoever finds it interrupted does again what was not recorded. */
const KINDS: Readonly<Record<Kind, (installation: Installation) => Promise<unknown>>> = {
  withdrawal: async ({ requests }) =>
    (
      await requests.withdraw(
        { requestId: REQUEST, externalId: PEOPLE[4], channel: 'cli' },
        { categories: ['Horror'] },
      )
    ).finished,
  erasure: async ({ requests }) =>
    (await requests.erase({ requestId: REQUEST, externalId: PEOPLE[4], channel: 'cli' })).finished,
  'an erasure that is taken back': async (installation) => {
    const { requests, desk } = installation;
    await fileOf(installation, 'erasure');
    for (const staff of ['staff-ada', 'staff-bob'])
      if (requests.get(REQUEST).approvals.every(({ by }) => by !== staff))
        await desk.approve(REQUEST, staff, 'ERASE 7f1d9b1e');
    await installation.resume(); // out of the model, and inside its grace window
    if (requests.get(REQUEST).status === 'assigned') await desk.cancel(REQUEST, 'subject');
    await installation.resume();
  },
  'a restriction that is lifted': async (installation) => {
    const { requests, desk } = installation;
    await fileOf(installation, 'restriction');
    if (requests.get(REQUEST).approvals.length === 0) await desk.approve(REQUEST, 'staff-ada');
    await installation.resume();
    if (requests.get(REQUEST).status === 'restricted') await desk.liftRestriction(REQUEST, 'staff-ada');
    await installation.resume();
  },
};

async function fileOf({ requests, vault }: Installation, kind: 'erasure' | 'restriction'): Promise<void> {
  const subject = vault.findSubject(PEOPLE[4])!;
  const filing = { requestId: REQUEST, kind, subject, channel: 'portal', identity: 'session' } as const;
  if (requests.all().length === 0) await (await requests.file(filing)).finished;
}

const carryOut = (kind: Kind, installation: Installation): Promise<unknown> => KINDS[kind](installation);

/** The process goes on by itself; where people have a part, they do theirs again. */
async function takeUp(kind: Kind, installation: Installation): Promise<void> {
  await installation.resume();
  if (kind !== 'withdrawal' && kind !== 'erasure') await carryOut(kind, installation);
}

let trained: string;
const uninterrupted: Partial<Record<Kind, unknown>> = {};

beforeAll(async () => {
  trained = folders.next();
  await using(trained, async (installation) => {
    await populate(installation);
    await installation.trainings.train();
  });
  for (const kind of Object.keys(KINDS) as Kind[])
    uninterrupted[kind] = await using(folders.copyOf(trained), async (installation) => {
      await carryOut(kind, installation);
      return outcomeOf(installation);
    });
}, 60_000);

/** Everything that an outsider could compare: the request, the certificate, the model, the ledger, keys, streams, read models. */
async function outcomeOf(installation: Installation) {
  await installation.projections.runner.caughtUp();
  const request = {
    ...installation.requests.get(REQUEST),
    scope: 'sealed with another nonce at each submission',
    followKeySha256: 'of another random key at each submission',
  };
  const keys = installation.vault
    .liveKeys('')
    .concat(installation.vault.destroyedKeys('').map(({ name }) => `destroyed ${name}`));
  return {
    request,
    certificate: request.status === 'closed' && (await installation.certificates.read(REQUEST)),
    manifest: await installation.trainings.servingManifest(),
    ledger: installation.ledger.checkpoint(),
    keys,
    streams:
      'tombstonedStreams' in request &&
      (await Promise.all(request.tombstonedStreams.map((stream) => installation.store.streamState(stream)))),
    readModels: await installation.projections.digest(),
  };
}

/** Runs a request until the process "dies" at a point: every later step finds itself cut off, too. */
async function runUntil(folder: string, kind: Kind, point: Point): Promise<boolean> {
  let died = false;
  const installation = await openSmall(folder, {
    onRequestStep: (_, step, when) => {
      died ||= step === point.step && when === point.when;
      if (died) throw new Error('the process died here');
    },
  });
  try {
    await carryOut(kind, installation);
  } catch (error) {
    if (!died) throw error;
  } finally {
    await installation.close();
  }
  return died;
}

describe.each(Object.keys(KINDS) as Kind[])('a request for %s', (kind) => {
  it.each(pointsOf(kind))('that is interrupted $when $step ends as if it had not been', async (point) => {
    const folder = folders.copyOf(trained);
    expect(await runUntil(folder, kind, point)).toBe(true);
    await using(folder, async (installation) => {
      await takeUp(kind, installation);
      expect(await outcomeOf(installation)).toEqual(uninterrupted[kind]);
    });
  });

  it('that dies before any of its writes, and is submitted again, ends as if it had not', async () => {
    for (let n = 1; ; n++) {
      const folder = folders.copyOf(trained);
      if (
        !(await diesBeforeWrite(n, ['event'], () =>
          using(folder, (installation) => carryOut(kind, installation)),
        ))
      ) {
        expect(n).toBeGreaterThan(STEPS[kind].length); // every step writes, some more than once
        return;
      }
      await using(folder, async (installation) => {
        if (n === 1) await carryOut(kind, installation); // nothing was written: the person asks again
        await takeUp(kind, installation);
        expect({ n, ...(await outcomeOf(installation)) }).toEqual({ n, ...(uninterrupted[kind] as object) });
      });
    }
  }, 120_000);

  it('that is submitted again with its id stays one request', async () => {
    await using(folders.copyOf(trained), async (installation) => {
      await carryOut(kind, installation);
      await carryOut(kind, installation);
      expect(await outcomeOf(installation)).toEqual(uninterrupted[kind]);
    });
  });
});
