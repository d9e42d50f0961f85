import { appendFileSync, existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ModelConfig, ModelManifest, SliceWork } from '#libs/contracts';
import { fromBase64Url } from '#libs/essentials';
import { readTensors } from '#libs/learning';
import type { InteractionEntry } from '#stages/ingest';
import { ItemDegrees } from '#stages/projections';
import type { RebuildProgress } from '#stages/unlearning';
import { exportBundle, type Installation } from '../apps/installation/index.js';
import { ExportedBundle } from './support/exported-bundle.js';
import { blobOf, filesOf } from './support/model-files.js';
import {
  interactionsOf,
  ITEMS,
  openSmall,
  PEOPLE,
  populate,
  PURPOSE,
  TemporaryFolders,
  using,
} from './support/small-installation.js';

const MINUTE = 60_000;
const [WITHDRAWAL, ERASURE] = [1, 2].map((n) => `7f1d9b1e-0000-4000-8000-00000000000${n}`);
const PERSON = PEOPLE[4];

const IALS = {
  kind: 'ials',
  dimensions: 8,
  unobservedWeight: 0.1,
  regularization: 0.01,
  sweeps: 2,
  initScale: 0.1,
} as const;
const BY_SUBJECT = { kind: 'by-subject', shards: 3 } as const;
const BY_RECORD = { kind: 'by-record', shards: 3 } as const;
const MEAN = { kind: 'mean' } as const;
const BPR = {
  kind: 'bpr',
  dimensions: 8,
  epochs: 2,
  learningRate: 0.1,
  regularization: 0.01,
  initScale: 0.1,
  foldInPasses: 2,
} as const;
const TOWERS = {
  kind: 'two-tower',
  people: 'shared',
  embedding: 4,
  userLayers: [8, 4],
  itemLayers: [8, 4],
  training: 'fomaml',
  epochs: 1,
  batch: 4,
  learningRate: 0.01,
  weightDecay: 0,
  innerRate: 0.1,
  support: 3,
  supportBy: 'rarity',
  queries: 1,
  negatives: 1,
  inBatch: 1,
  margin: 1,
} as const;
const GRAM = { kind: 'gram', scope: { kind: 'by-category' } } as const;
const ATTENTION = {
  kind: 'attention',
  dimensions: 4,
  people: 8,
  epochs: 1,
  learningRate: 0.01,
  regularization: 0.01,
} as const;
const META = {
  kind: 'meta',
  hidden: 4,
  tasks: 8,
  epochs: 1,
  learningRate: 0.01,
  innerSteps: 2,
  innerRate: 0.1,
} as const;
const EASE = { kind: 'ease', regularization: 1, decay: 1, block: 8 } as const;

/** A line of each kind of partition, of slices, and of what an aggregator reads. */
const CONFIGS: Readonly<Record<string, Omit<ModelConfig, 'purpose'>>> = {
  'shards of records': { partition: BY_RECORD, subModel: IALS, aggregator: MEAN },
  'shards of people in slices': { partition: BY_SUBJECT, subModel: IALS, aggregator: MEAN, slices: 4 },
  'shards of records in slices': { partition: BY_RECORD, subModel: IALS, aggregator: MEAN, slices: 4 },
  'counts of people, solved together': { partition: BY_SUBJECT, subModel: GRAM, aggregator: EASE },
  'shards of people, mixed by attention': { partition: BY_SUBJECT, subModel: IALS, aggregator: ATTENTION },
  'towers that adapt to a person': { partition: BY_RECORD, subModel: TOWERS, aggregator: MEAN },
  'shards of records, mixed as was learned': { partition: BY_RECORD, subModel: IALS, aggregator: META },
  'ranked pairs of records': { partition: BY_RECORD, subModel: BPR, aggregator: MEAN },
};

const folders = new TemporaryFolders();
afterAll(() => folders.remove());

/** What a version is, whenever and in however many steps it was made. */
const bytesOf = ({ shards, aggregator }: ModelManifest) => ({
  shards: shards.map(({ datasetRoot, count, digest, checkpoints }) => ({
    datasetRoot,
    count,
    digest,
    checkpoints,
  })),
  aggregator: aggregator.digest,
});
const serving = async ({ trainings }: Installation): Promise<ModelManifest> =>
  (await trainings.servingManifest())!;
/** By their records: a record from which a kind of model has nothing to learn leaves no trace in the file. */
const changed = (before: ModelManifest, after: ModelManifest): number[] =>
  after.shards
    .filter(({ datasetRoot }, at) => datasetRoot !== before.shards[at].datasetRoot)
    .map(({ shard }) => shard);
/** Shards that hold records of the person: of one, or, by record, of as many as the partition key happens to say. */
async function shardsOf({ vault, lines, settings, history }: Installation): Promise<number[]> {
  const subject = vault.findSubject(PERSON)!;
  const partition = lines.partition(await lines.get(settings.line));
  const labels = (await history.of(PERSON)).map(({ label }) => fromBase64Url(label));
  return [...new Set(labels.map((label) => partition.shardOf({ subject, label })))].sort((a, b) => a - b);
}
const isThere = ({ registry }: Installation, digest: string): Promise<boolean> =>
  registry.get(digest).then(
    () => true,
    () => false,
  );

describe('a line of towers with a row of each person', () => {
  it(
    'says of somebody who came after the training that it does not know them yet, and answers after the next one',
    async () => {
      const subModel = { ...TOWERS, people: 'rows', training: 'plain' } as const;
      const config: ModelConfig = { purpose: PURPOSE, partition: BY_SUBJECT, subModel, aggregator: MEAN };
      const newcomer = PEOPLE[0];
      await using(
        folders.next(),
        async (installation) => {
          const { trainings, recommendations } = installation;
          await populate(installation, interactionsOf(PEOPLE.slice(1)));
          await trainings.train();
          await populate(installation, interactionsOf([newcomer]));
          const before = await recommendations.recommend(newcomer, 3);
          expect([before.items, before.nothing]).toEqual([[], 'NEW_TO_THE_MODEL']);
          await trainings.train();
          const after = await recommendations.recommend(newcomer, 3);
          expect([after.items.length, after.nothing]).toEqual([3, undefined]);
        },
        { line: { config } },
      );
    },
    MINUTE,
  );
});

describe.each(Object.entries(CONFIGS))('a line of %s', (_, choice) => {
  const config: ModelConfig = { purpose: PURPOSE, ...choice };
  const opening = { line: { config } };
  const inLine = <T>(folder: string, work: (installation: Installation) => Promise<T>): Promise<T> =>
    using(folder, work, opening);
  let trained: string;
  beforeAll(async () => {
    trained = folders.next();
    await inLine(trained, async (installation) => {
      await populate(installation);
      await installation.trainings.train();
    });
  }, MINUTE);

  const withdrawOne = async ({ requests, history }: Installation): Promise<void> => {
    const [{ label }] = await history.of(PERSON);
    const submission = { requestId: WITHDRAWAL, externalId: PERSON, channel: 'cli' } as const;
    await (
      await requests.withdraw(submission, { labels: [label] })
    ).finished;
  };
  const erase = async ({ requests }: Installation): Promise<void> => {
    await (
      await requests.erase({ requestId: ERASURE, externalId: PERSON, channel: 'cli' })
    ).finished;
  };

  it(
    'rebuilds one shard for one record, and those that held a person for the person',
    async () => {
      await inLine(folders.copyOf(trained), async (installation) => {
        const before = await serving(installation);
        await withdrawOne(installation);
        const between = await serving(installation);
        expect(changed(before, between)).toHaveLength(1);
        const held = await shardsOf(installation);
        await erase(installation);
        expect(changed(between, await serving(installation))).toEqual(held);
      });
    },
    MINUTE,
  );

  it.each([
    ['a withdrawal', withdrawOne],
    ['an erasure', erase],
  ])(
    'is after %s the line that has never seen the records, and keeps no file that has',
    async (__, request) => {
      await inLine(folders.copyOf(trained), async (installation) => {
        const before = await serving(installation);
        await request(installation);
        const after = await serving(installation);
        for (const digest of filesOf(before))
          expect(await isThere(installation, digest)).toBe(filesOf(after).includes(digest));
        for (const digest of filesOf(after)) expect(await isThere(installation, digest)).toBe(true);
        await installation.trainings.train();
        expect(bytesOf(await serving(installation))).toEqual(bytesOf(after));
      });
    },
    MINUTE,
  );

  it(
    'trains to the same bytes where nothing is left from earlier',
    async () => {
      const others = interactionsOf(PEOPLE.filter((person) => person !== PERSON));
      await inLine(folders.copyOf(trained), async (installation) => {
        await erase(installation);
        const after = await serving(installation);
        for (const digest of filesOf(after)) rmSync(blobOf(installation, digest), { force: true }); // every checkpoint is lost
        await installation.trainings.train();
        expect(bytesOf(await serving(installation))).toEqual(bytesOf(after));
        expect(after.shards.reduce((sum, { count }) => sum + count, 0)).toBe(others.length);
      });
    },
    MINUTE,
  );

  it(
    'takes in what was recorded since, into whichever slice it falls',
    async () => {
      await inLine(folders.copyOf(trained), async (installation) => {
        const before = await serving(installation);
        const played = interactionsOf(PEOPLE.slice(0, 6)).map((entry) => ({ ...entry, type: 'play' }));
        await populate(installation, played);
        await erase(installation);
        const after = await serving(installation);
        const rebuilt = changed(before, after);
        expect(rebuilt.length).toBeGreaterThan(0);
        for (const digest of filesOf(after)) rmSync(blobOf(installation, digest), { force: true }); // every checkpoint is lost
        await installation.trainings.train();
        const { shards } = await serving(installation);
        for (const shard of rebuilt) expect(shards[shard].digest).toBe(after.shards[shard].digest);
      });
    },
    MINUTE,
  );

  it(
    'recommends by the new version, never what the person knows',
    async () => {
      await inLine(folders.copyOf(trained), async (installation) => {
        await erase(installation);
        const seen = new Set(interactionsOf([PEOPLE[1]]).map(({ item }) => item));
        const { model, items } = await installation.recommendations.recommend(PEOPLE[1], 5);
        expect(model.version).toBe(2);
        expect(items.length).toBeGreaterThan(0);
        expect(items.filter(({ item }) => seen.has(item))).toEqual([]);
      });
    },
    MINUTE,
  );

  it(
    'is replayed to the certified bytes by a stranger, with all shards or the affected ones',
    async () => {
      const bundle = folders.next();
      await inLine(folders.copyOf(trained), async (installation) => {
        await withdrawOne(installation);
        await erase(installation);
        await exportBundle(installation, bundle);
      });
      for (const more of [[], ['--all-shards']])
        expect(await new ExportedBundle(bundle).replay(ERASURE, ...more)).toMatchObject({
          exitCode: 0,
          code: undefined,
        });
    },
    MINUTE,
  );
});

describe('a line that takes features of people', () => {
  const PROFILE = 'personalisation';
  const config: ModelConfig = {
    purpose: PURPOSE,
    profilePurpose: PROFILE,
    partition: BY_RECORD,
    subModel: TOWERS,
    aggregator: META,
  };
  const opening = { line: { config } };
  const FEATURES = ['age=18', 'age=25', 'gender=F', 'gender=M'];
  const consent = { purpose: PROFILE, method: 'test', evidenceReference: 'urn:test:evidence' };
  const stated = (person: string, at: number): InteractionEntry[] =>
    [FEATURES[at % 2], FEATURES[2 + (at % 3 === 0 ? 1 : 0)]].map((item) => ({
      subject: person,
      item,
      kind: 'feature',
      type: 'profile',
      time: Date.UTC(2025, 0, 1) / 1000,
      value: 1,
      purpose: PROFILE,
    }));
  const withProfiles = async (installation: Installation): Promise<void> => {
    await populate(installation);
    const { catalogue, consents, imports } = installation.ingest;
    await catalogue.catalogue(
      FEATURES.map((item) => ({ item, title: item, categories: [], kind: 'feature' as const })),
    );
    await consents.consentWhereUndecided(PEOPLE, consent);
    const summary = await imports.importEntries(PEOPLE.flatMap(stated), { onBadLine: 'stop' });
    expect(summary.recorded).toBe(2 * PEOPLE.length);
  };
  const featuresOf = async ({ history }: Installation, person: string) =>
    (await history.of(person)).filter(({ type }) => type === 'profile');
  let trained: string;
  beforeAll(async () => {
    trained = folders.next();
    await using(
      trained,
      async (installation) => {
        await withProfiles(installation);
        await installation.trainings.train();
      },
      opening,
    );
  }, MINUTE);

  it(
    'counts a record of each in its datasets, recommends no feature, and answers by what the person has stated',
    async () => {
      await using(
        folders.copyOf(trained),
        async (installation) => {
          const { shards, catalogue } = await serving(installation);
          const records = interactionsOf().length + 2 * PEOPLE.length;
          expect(shards.reduce((sum, { count }) => sum + count, 0)).toBe(records);
          expect(catalogue.count).toBe(ITEMS.length + FEATURES.length);
          const { items } = await installation.recommendations.recommend(PERSON, 100);
          expect(items.filter(({ item }) => FEATURES.includes(item))).toEqual([]);
          expect(await featuresOf(installation, PERSON)).toMatchObject([
            { value: 1, purpose: PROFILE },
            { value: 1, purpose: PROFILE },
          ]);
        },
        opening,
      );
    },
    MINUTE,
  );

  it(
    'has rows for a feature that was catalogued later from the next training on, under another catalogue root',
    async () => {
      await using(
        folders.copyOf(trained),
        async (installation) => {
          const before = await serving(installation);
          const later = { item: 'age=35', title: '35 to 44', categories: [], kind: 'feature' } as const;
          await installation.ingest.catalogue.catalogue([later]);
          await installation.trainings.train();
          const after = await serving(installation);
          expect(after.catalogue).toMatchObject({ count: before.catalogue.count + 1 });
          expect(after.catalogue.root).not.toBe(before.catalogue.root);
          const datasets = ({ shards }: ModelManifest) => shards.map(({ datasetRoot }) => datasetRoot);
          expect(datasets(after)).toEqual(datasets(before));
          const rows = async ({ shards: [{ digest }] }: ModelManifest) =>
            readTensors(await installation.registry.get(digest)).tensors.find(
              ({ name }) => name === 'feature_embeddings',
            )!.shape[0];
          expect(await rows(after)).toBe(FEATURES.length + 1);
          const { items } = await installation.recommendations.recommend(PERSON, 3);
          expect(items).toHaveLength(3);
        },
        opening,
      );
    },
    MINUTE,
  );

  it(
    'rebuilds one shard for a feature that is withdrawn, to the bytes of never having known it, and is replayed',
    async () => {
      const bundle = folders.next();
      await using(
        folders.copyOf(trained),
        async (installation) => {
          const before = await serving(installation);
          const [{ label, item }] = await featuresOf(installation, PERSON);
          const submission = { requestId: WITHDRAWAL, externalId: PERSON, channel: 'cli' } as const;
          await (
            await installation.requests.withdraw(submission, { labels: [label] })
          ).finished;
          const after = await serving(installation);
          expect(changed(before, after)).toHaveLength(1);
          expect(await featuresOf(installation, PERSON)).toHaveLength(1);
          const again = await installation.ingest.interactions.record(
            stated(PERSON, PEOPLE.indexOf(PERSON)).filter((one) => one.item === item),
          );
          expect(again).toEqual([{ status: 'rejected', code: 'RECORD_ERASED' }]);
          await installation.trainings.train();
          expect(bytesOf(await serving(installation))).toEqual(bytesOf(after));
          await exportBundle(installation, bundle);
        },
        opening,
      );
      expect(await new ExportedBundle(bundle).replay(WITHDRAWAL, '--all-shards')).toMatchObject({
        exitCode: 0,
        code: undefined,
      });
    },
    MINUTE,
  );

  it(
    'recommends to somebody who has stated features and met nothing yet, and says why it cannot where there is nothing',
    async () => {
      await using(
        folders.copyOf(trained),
        async ({ ingest, recommendations }) => {
          for (const purpose of [PURPOSE, PROFILE])
            await ingest.consents.consentWhereUndecided(['newcomer'], { ...consent, purpose });
          const { items, nothing } = await recommendations.recommend('newcomer', 3);
          expect([items, nothing]).toEqual([[], 'NO_RECORDS_TO_GO_BY']);
          await ingest.imports.importEntries(stated('newcomer', 0), { onBadLine: 'stop' });
          const told = await recommendations.recommend('newcomer', 3);
          expect([told.items.length, told.nothing]).toEqual([3, undefined]);
        },
        opening,
      );
    },
    MINUTE,
  );

  it(
    'forgets all features of a person who no longer agrees to their use, and nothing else',
    async () => {
      await using(
        folders.copyOf(trained),
        async (installation) => {
          const met = (await installation.history.of(PERSON)).length - 2;
          const submission = { requestId: WITHDRAWAL, externalId: PERSON, channel: 'cli' } as const;
          await (
            await installation.requests.withdraw(submission, { purpose: PROFILE })
          ).finished;
          expect(await featuresOf(installation, PERSON)).toEqual([]);
          expect(await installation.history.of(PERSON)).toHaveLength(met);
          const after = await serving(installation);
          await installation.trainings.train();
          expect(bytesOf(await serving(installation))).toEqual(bytesOf(after));
        },
        opening,
      );
    },
    MINUTE,
  );

  it(
    'is another line without them, whose bytes no feature moves',
    async () => {
      const without = { line: { config: { ...config, profilePurpose: undefined } } };
      const digests = await Promise.all(
        [populate, withProfiles].map((fill) =>
          using(
            folders.next(),
            async (installation) => {
              await fill(installation);
              await installation.trainings.train();
              const { shards } = await serving(installation);
              return shards.reduce((sum, { count }) => sum + count, 0);
            },
            without,
          ),
        ),
      );
      expect(digests).toEqual([interactionsOf().length, interactionsOf().length]);
    },
    MINUTE,
  );
});

describe('a line whose aggregator read the records of everybody', () => {
  const config = { purpose: PURPOSE, partition: BY_SUBJECT, subModel: IALS, aggregator: ATTENTION } as const;
  const bundle = new ExportedBundle(folders.next());
  beforeAll(async () => {
    const work = async (installation: Installation): Promise<void> => {
      await populate(installation);
      await installation.trainings.train();
      for (const [requestId, externalId] of [
        [WITHDRAWAL, PERSON],
        [ERASURE, PEOPLE[5]],
      ])
        await (
          await installation.requests.erase({ requestId, externalId, channel: 'cli' })
        ).finished;
      const { aggregator, shards } = await serving(installation);
      const present = interactionsOf(PEOPLE.filter((person) => person !== PERSON && person !== PEOPLE[5]));
      const position = String(Math.max(...shards.map((shard) => Number(shard.position)))); // of the shard rebuilt last
      expect(aggregator.records).toEqual({ count: present.length, position });
      await exportBundle(installation, bundle.folder);
    };
    await using(folders.next(), work, { line: { config } });
  }, MINUTE);

  it(
    'is replayed from the events alone where the model files are lost or changed',
    async () => {
      const lacking = new ExportedBundle(folders.copyOf(bundle.folder));
      for (const manifest of lacking.manifests()) {
        const folder = path.dirname(manifest);
        rmSync(path.join(folder, 'shard-00.safetensors'), { force: true });
        if (existsSync(path.join(folder, 'shard-01.safetensors')))
          appendFileSync(path.join(folder, 'shard-01.safetensors'), '!');
      }
      expect(await lacking.replay(ERASURE)).toMatchObject({ exitCode: 0, code: undefined });
    },
    MINUTE,
  );

  it(
    'is out of reach of a replay once somebody else is erased, which says so',
    async () => {
      expect(await bundle.replay(WITHDRAWAL)).toMatchObject({
        exitCode: 1,
        code: 'REPLAY_DATA_SINCE_ERASED',
        nextStep: expect.stringContaining('newest certificate'),
      });
    },
    MINUTE,
  );
});

describe('a line of counts', () => {
  // In one shard, where somebody is always left; in several the person could happen to be alone.
  const config = {
    purpose: PURPOSE,
    partition: { ...BY_SUBJECT, shards: 1 },
    subModel: GRAM,
    aggregator: EASE,
  } as const;

  it(
    'makes a shard from the version before by subtraction, and anew where that was lost or damaged, to the same bytes',
    async () => {
      const trained = folders.next();
      await using(
        trained,
        async (installation) => {
          await populate(installation);
          await installation.trainings.train();
          await populate(
            installation,
            interactionsOf(PEOPLE.slice(0, 6)).map((entry) => ({ ...entry, type: 'play' })),
          );
        },
        { line: { config } },
      );
      const digestOf = async (harm: (installation: Installation, digest: string) => Promise<void> | void) => {
        let work: SliceWork | undefined;
        const onRebuild: RebuildProgress = (step) => (work = step.work ?? work);
        const erased = async (installation: Installation) => {
          const before = await serving(installation);
          const [shard] = await shardsOf(installation);
          await harm(installation, before.shards[shard].digest);
          const request = { requestId: ERASURE, externalId: PERSON, channel: 'cli' } as const;
          await (
            await installation.requests.erase(request)
          ).finished;
          const { digest, datasetRoot, count } = (await serving(installation)).shards[shard];
          return { digest, datasetRoot, count, spared: work!.saved > 0 };
        };
        return using(folders.copyOf(trained), erased, { line: { config }, onRebuild });
      };
      const blobOf = ({ folder }: Installation, digest: string): string =>
        path.join(folder.paths.models, 'blobs/sha256', digest.slice(0, 2), digest);
      const subtracted = await digestOf(() => undefined);
      expect(subtracted.spared).toBe(true);
      const lost = await digestOf((installation, digest) => rmSync(blobOf(installation, digest)));
      const damaged = await digestOf((installation, digest) =>
        appendFileSync(blobOf(installation, digest), '!'),
      );
      for (const anew of [lost, damaged]) expect(anew).toEqual({ ...subtracted, spared: false });
    },
    MINUTE,
  );
});

describe('a line of counts in which somebody is restricted', () => {
  const config = {
    purpose: PURPOSE,
    partition: { ...BY_SUBJECT, shards: 1 },
    subModel: GRAM,
    aggregator: EASE,
  } as const;

  it(
    'still makes a shard by subtraction when somebody else is erased, to the bytes of training anew',
    async () => {
      let work: SliceWork | undefined;
      const onRebuild: RebuildProgress = (step) => (work = step.work ?? work);
      const scenario = async (installation: Installation): Promise<void> => {
        await populate(installation);
        await installation.trainings.train();
        const { requests, desk, vault } = installation;
        const restricted = await requests.file({
          requestId: WITHDRAWAL,
          subject: vault.findSubject(PEOPLE[7])!,
          kind: 'restriction',
          channel: 'portal',
          identity: 'session',
        });
        await restricted.finished;
        await desk.approve(WITHDRAWAL, 'staff-ada');
        await installation.resume();
        const left = interactionsOf(PEOPLE.filter((person) => person !== PEOPLE[7])).length;
        expect((await serving(installation)).shards[0].count).toBe(left);
        work = undefined;
        const erased = await requests.erase({ requestId: ERASURE, externalId: PERSON, channel: 'cli' });
        await erased.finished;
        expect(work).toEqual({ all: expect.any(Number), saved: left - interactionsOf([PERSON]).length });
        const after = await serving(installation);
        await installation.trainings.train();
        expect(bytesOf(await serving(installation))).toEqual(bytesOf(after));
      };
      await using(folders.next(), scenario, { line: { config }, onRebuild });
    },
    MINUTE,
  );
});

describe('a line that serves from its aggregator alone', () => {
  const config = { purpose: PURPOSE, partition: BY_SUBJECT, subModel: GRAM, aggregator: EASE } as const;

  it(
    'reads its shards while one of them is quarantined, and answers at every moment of the erasure',
    async () => {
      const installation = await openSmall(folders.next(), { line: { config } });
      const read = jest.spyOn(installation.registry, 'get');
      try {
        await populate(installation);
        await installation.trainings.train();
        read.mockClear();
        const { recommendations, requests } = installation;
        await recommendations.recommend(PEOPLE[1], 3);
        expect(read).not.toHaveBeenCalled();
        const { shards } = await serving(installation);
        const asked = requests.erase({ requestId: ERASURE, externalId: PERSON, channel: 'cli' });
        let isOpen = true;
        const finished = asked.then(async (request) => request.finished).finally(() => (isOpen = false));
        const answers = [];
        while (isOpen) {
          answers.push(await recommendations.recommend(PEOPLE[1], 3));
          await new Promise(setImmediate);
        }
        await finished;
        expect(answers.filter(({ items }) => items.length === 0)).toEqual([]);
        expect(answers.some(({ quarantinedShards }) => quarantinedShards.length === 1)).toBe(true);
        expect(read.mock.calls.flat()).toEqual(expect.arrayContaining(shards.map(({ digest }) => digest)));
        expect(answers.at(-1)!.model.version).toBe(2);
      } finally {
        read.mockRestore();
        await installation.close();
      }
    },
    MINUTE,
  );
});

describe('a line that weighs records by how often their items are met', () => {
  it(
    'counts anew as soon as a record is put out of use, and counts only what may be used',
    async () => {
      const config = { purpose: PURPOSE, partition: BY_RECORD, subModel: TOWERS, aggregator: MEAN } as const;
      const count = jest.spyOn(ItemDegrees.prototype, 'count');
      const held = (_: string, step: string, when: string): void => {
        if (step === 'rebuild' && when === 'before') throw new Error('held up');
      };
      const installation = await openSmall(folders.next(), { line: { config }, onRequestStep: held });
      try {
        await populate(installation);
        await installation.trainings.train();
        await installation.recommendations.recommend(PEOPLE[1], 3);
        expect(count).toHaveBeenCalledTimes(1);
        const { finished } = await installation.requests.withdraw(
          { requestId: WITHDRAWAL, externalId: PERSON, channel: 'cli' },
          { labels: [(await installation.history.of(PERSON))[0].label] },
        );
        await expect(finished).rejects.toThrow('held up');
        await installation.recommendations.recommend(PEOPLE[1], 3);
        await installation.recommendations.recommend(PEOPLE[2], 3);
        const counted = await Promise.all(
          count.mock.results.map(({ value }) => value as Promise<Map<string, number>>),
        );
        const totals = counted.map((degrees) => [...degrees.values()].reduce((sum, n) => sum + n, 0));
        expect(totals).toEqual([interactionsOf().length, interactionsOf().length - 1]);
      } finally {
        count.mockRestore();
        await installation.close();
      }
    },
    MINUTE,
  );
});
