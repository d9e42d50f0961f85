import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RequestStep } from '#libs/erasure';
import type { Installation } from '../apps/installation/index.js';
import { diesBeforeWrite } from './support/interruptions.js';
import { openSmall, PEOPLE, populate, TemporaryFolders, using } from './support/small-installation.js';

type Step = RequestStep | 'rebuild';

const folders = new TemporaryFolders();
afterAll(() => folders.remove());

const REQUEST = '7f1d9b1e-0000-4000-8000-000000000001';
const STEPS: readonly Step[] = [
  'verify',
  'accept',
  'quarantine',
  'assign',
  'rebuild',
  'erase',
  'destroy-keys',
  'certify',
  'close',
];
const POINTS = STEPS.flatMap((step) => [
  { step, when: 'before' as const },
  { step, when: 'after' as const },
]);

const KINDS = {
  withdrawal: (installation: Installation) =>
    installation.requests.withdraw(
      { requestId: REQUEST, externalId: PEOPLE[4], channel: 'cli' },
      { categories: ['Horror'] },
    ),
  erasure: (installation: Installation) =>
    installation.requests.erase({ requestId: REQUEST, externalId: PEOPLE[4], channel: 'cli' }),
};

const carryOut = async (kind: keyof typeof KINDS, installation: Installation): Promise<unknown> =>
  (await KINDS[kind](installation)).finished;

let trained: string;
const uninterrupted: Partial<Record<keyof typeof KINDS, unknown>> = {};

beforeAll(async () => {
  trained = folders.next();
  await using(trained, async (installation) => {
    await populate(installation);
    await installation.trainings.train();
  });
  for (const kind of Object.keys(KINDS) as (keyof typeof KINDS)[])
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
  };
  const keys = installation.vault
    .liveKeys('')
    .concat(installation.vault.destroyedKeys('').map(({ name }) => `destroyed ${name}`));
  return {
    request,
    certificate: await installation.certificates.read(REQUEST),
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
async function runUntil(
  folder: string,
  kind: keyof typeof KINDS,
  point: (typeof POINTS)[number],
): Promise<boolean> {
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

describe.each(Object.keys(KINDS) as (keyof typeof KINDS)[])('a request for %s', (kind) => {
  it.each(POINTS)('that is interrupted $when $step ends as if it had not been', async (point) => {
    const folder = folders.copyOf(trained);
    expect(await runUntil(folder, kind, point)).toBe(true);
    await using(folder, async (installation) => {
      await installation.resume();
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
        expect(n).toBeGreaterThan(STEPS.length); // every step writes, some more than once
        return;
      }
      await using(folder, async (installation) => {
        if (n === 1) await KINDS[kind](installation); // nothing was written: the person asks again
        await installation.resume();
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
