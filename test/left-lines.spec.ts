import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DataOf, LacunaEventType, ModelConfig, ModelManifest } from '#libs/contracts';
import { streamNames } from '#libs/messaging';
import { useLine, type Installation } from '../apps/installation/index.js';
import { diesBeforeEvent } from './support/interruptions.js';
import { unnamedFiles } from './support/model-files.js';
import { interactionsOf, PEOPLE, populate, TemporaryFolders, using } from './support/small-installation.js';

const MINUTE = 60_000;
const REQUEST = '7f1d9b1e-0000-4000-8000-000000000001';
const PERSON = PEOPLE[4];

const folders = new TemporaryFolders();
afterAll(() => folders.remove());

let populated: string;
let trained: string;
beforeAll(async () => {
  populated = folders.next();
  await using(populated, (installation) => populate(installation));
  trained = folders.copyOf(populated);
  await using(trained, train);
}, MINUTE);

const train = ({ trainings }: Installation): Promise<unknown> => trainings.train();
const erase = async ({ requests }: Installation): Promise<void> => {
  await (
    await requests.erase({ requestId: REQUEST, externalId: PERSON, channel: 'cli' })
  ).finished;
};
const moveTo = (folder: string, line: string): Promise<void> =>
  using(folder, ({ folder: { paths } }) => useLine(paths.root, line));

const interrupted = async (
  folder: string,
  before: LacunaEventType,
  work: (installation: Installation) => Promise<unknown>,
  opening = {},
): Promise<void> => expect(await diesBeforeEvent(before, () => using(folder, work, opening))).toBe(true);

/** What training from nothing on the records that are present makes of a line. */
async function bytesOf({ trainings }: Installation) {
  const { shards, aggregator } = (await trainings.servingManifest())!;
  return {
    shards: shards.map(({ datasetRoot, digest }) => ({ datasetRoot, digest })),
    aggregator: aggregator.digest,
  };
}

/** The file of the shard that holds the person, as an interrupted rebuild of `main` has made it. */
async function fileThatSawThePerson({ store, lines, vault }: Installation): Promise<string> {
  const subject = vault.findSubject(PERSON)!;
  const shard = lines.partition(await lines.get('main')).shardOf({ subject, label: new Uint8Array(32) });
  for await (const { type, data } of store.readStream(streamNames.rebuild('main-v1'))) {
    const part = data as DataOf<'ShardRebuilt'>;
    if (type === 'ShardRebuilt' && part.shard === shard) return part.digest;
  }
  throw new Error('the interrupted rebuild has not come to that shard');
}

async function published({ lines }: Installation, line: string): Promise<ModelManifest[]> {
  return Promise.all((await lines.get(line)).versions.map((version) => lines.manifestOf(version)));
}

async function expectNeverPublished(installation: Installation, digest: string): Promise<void> {
  const versions = await published(installation, 'main');
  expect(versions.length).toBeGreaterThan(0);
  expect(versions.flatMap(({ shards }) => shards).map((shard) => shard.digest)).not.toContain(digest);
}

describe('a training that was interrupted, in a line that was left for another', () => {
  it.each([
    ['which was trained', true],
    ['which was not, so that nothing was ever published', false],
  ])(
    '%s, is given up when somebody is erased there; the line is trained from what is left when it is taken up again',
    async (_, isTrained) => {
      const folder = folders.copyOf(populated);
      await interrupted(folder, 'AggregatorRebuilt', train);
      await moveTo(folder, 'second');
      const seen = await using(folder, async (installation) => {
        if (isTrained) await train(installation);
        const file = await fileThatSawThePerson(installation);
        await erase(installation);
        expect(installation.requests.get(REQUEST)).toMatchObject({
          status: 'closed',
          rebuildId: isTrained ? 'second-v2' : null,
        });
        expect(await unnamedFiles(installation)).toEqual([]);
        return file;
      });
      await moveTo(folder, 'main');
      await using(folder, async (installation) => {
        await installation.resume();
        await train(installation);
        await expectNeverPublished(installation, seen);
        expect(await unnamedFiles(installation)).toEqual([]);
      });
    },
    MINUTE,
  );
});

describe('an erasure that was interrupted in a line that was left for another', () => {
  it.each<[string, LacunaEventType]>([
    ['while its shard was rebuilt', 'ShardRebuilt'],
    ['before its version was published', 'ModelPublished'],
    ['before the version before was revoked', 'ModelRevoked'],
    ['when the records were destroyed and nothing told of it', 'RecordsErased'],
  ])(
    'and died %s is finished in that one, which goes on serving',
    async (_, where) => {
      const folder = folders.copyOf(trained);
      await interrupted(folder, where, erase);
      await moveTo(folder, 'second');
      await using(folder, async (installation) => {
        await train(installation);
        await installation.resume();
        expect(installation.requests.get(REQUEST).status).toBe('closed');
        expect(await installation.certificates.read(REQUEST)).toBeDefined();
        const unlearned = await bytesOf(installation);
        expect((await installation.trainings.servingManifest())!.line).toBe('second');
        expect(await unnamedFiles(installation)).toEqual([]);
        await train(installation);
        expect(await bytesOf(installation)).toEqual(unlearned);
      });
    },
    MINUTE,
  );

  it(
    'is certified as it was unlearned, when only the certificate was left to issue',
    async () => {
      const folder = folders.copyOf(trained);
      await interrupted(folder, 'CertificateIssued', erase);
      await moveTo(folder, 'second');
      await using(folder, async (installation) => {
        expect(installation.requests.get(REQUEST).status).toBe('shredded');
        await installation.resume();
        const [, version] = await published(installation, 'main');
        const { payload } = ((await installation.certificates.read(REQUEST)) as Bundle).dsseEnvelope;
        const { predicate } = JSON.parse(Buffer.from(payload, 'base64').toString()) as Statement;
        expect(predicate.model).toMatchObject({
          line: 'main',
          manifest: { after: { version: version.version } },
        });
      });
    },
    MINUTE,
  );
});

interface Bundle {
  readonly dsseEnvelope: { readonly payload: string };
}
interface Statement {
  readonly predicate: { readonly model: unknown };
}

describe('a line that is taken up again', () => {
  it(
    'serves nothing until it is trained, when somebody was erased meanwhile',
    async () => {
      const folder = folders.copyOf(trained);
      await moveTo(folder, 'second');
      await using(folder, async (installation) => {
        await train(installation);
        await erase(installation);
      });
      await moveTo(folder, 'main');
      await using(folder, async (installation) => {
        const ask = (): Promise<unknown> => installation.recommendations.recommend(PEOPLE[1], 3);
        await expect(ask()).rejects.toMatchObject({ code: 'MODEL_NOT_PUBLISHED' });
        await installation.resume();
        await expect(ask()).rejects.toMatchObject({ code: 'MODEL_NOT_PUBLISHED' });
        await train(installation);
        expect(await ask()).toMatchObject({ model: { line: 'main', version: 2 } });
        const records = (await installation.trainings.servingManifest())!.shards.reduce(
          (sum, { count }) => sum + count,
          0,
        );
        expect(records).toBe(interactionsOf(PEOPLE.filter((person) => person !== PERSON)).length);
      });
    },
    MINUTE,
  );
});

describe('a file whose event was never written', () => {
  it(
    'is destroyed at the next start, though what was to follow is made of more records',
    async () => {
      const folder = folders.copyOf(populated);
      await interrupted(folder, 'ShardRebuilt', train);
      await using(folder, async (installation) => {
        expect(await unnamedFiles(installation)).toEqual([]);
        await populate(
          installation,
          interactionsOf([PERSON]).map((entry) => ({ ...entry, type: 'play' })),
        );
        await train(installation);
        await erase(installation);
        expect(await unnamedFiles(installation)).toEqual([]);
      });
    },
    MINUTE,
  );
});

describe('records that are imported after an erasure was accepted and before it was carried on', () => {
  const config: ModelConfig = {
    purpose: 'recommendations',
    partition: { kind: 'by-record', shards: 8 },
    subModel: {
      kind: 'ials',
      dimensions: 8,
      unobservedWeight: 0.1,
      regularization: 0.01,
      sweeps: 1,
      initScale: 0.1,
    },
    aggregator: { kind: 'mean' },
  };
  const opening = { line: { config } };

  it(
    'are unlearned with the others',
    async () => {
      const folder = folders.next();
      const [first, ...later] = interactionsOf([PERSON]);
      await using(
        folder,
        async (installation) => {
          await populate(installation, [...interactionsOf(PEOPLE.slice(5)), first]);
          await train(installation);
        },
        opening,
      );
      await interrupted(folder, 'RecordsQuarantined', erase, opening);
      await using(
        folder,
        async (installation) => {
          await installation.ingest.interactions.record(later);
          await train(installation);
          await installation.resume();
          expect(installation.requests.get(REQUEST).status).toBe('closed');
          const unlearned = await bytesOf(installation);
          await train(installation);
          expect(unlearned).toEqual(await bytesOf(installation));
        },
        opening,
      );
    },
    MINUTE,
  );
});
