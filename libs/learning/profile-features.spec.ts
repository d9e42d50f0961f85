import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { packRecords, type ModelConfig, type StoredRecord, type TwoTowerConfig } from '#libs/contracts';
import { hmacSha256, utf8 } from '#libs/essentials';
import { refusalOf, smallGenesis, SMALL_TOWERS, worldRecords, worlds, type World } from '#libs/testkit';
import {
  buildAggregator,
  canonicalShard,
  catalogueOfLine,
  datasetOf,
  genesisDigest,
  ModelScorer,
  readTensors,
  rebuildShard,
  strategyConfig,
  validateModelConfig,
  type ShardJob,
} from './index.js';

const TOWERS: TwoTowerConfig = {
  ...SMALL_TOWERS,
  embedding: 4,
  weightDecay: 0,
  supportBy: 'rarity',
  inBatch: 1,
};
const FEATURES = ['age=18', 'age=25', 'gender=F', 'gender=M'];
const WITHOUT: ModelConfig = {
  purpose: 'recommendations',
  partition: { kind: 'by-record', shards: 1 },
  subModel: TOWERS,
  aggregator: { kind: 'mean' },
};
const WITH: ModelConfig = { ...WITHOUT, profilePurpose: 'personalisation' };

/** What people of a world have stated, by pseudonym. */
type Stated = Readonly<Record<string, readonly string[]>>;
interface Profiled {
  readonly world: World;
  readonly stated: Stated;
}

const profiled: fc.Arbitrary<Profiled> = worlds.chain((world) =>
  fc
    .array(fc.subarray(FEATURES), { minLength: world.people.length, maxLength: world.people.length })
    .map((lists) => ({
      world,
      stated: Object.fromEntries(world.people.map(({ subject }, at) => [subject, lists[at]])),
    })),
);

/** Records of features, as read models keep them. */
function statedRecords(subject: string, features: readonly string[]): StoredRecord[] {
  return features.map((item) => {
    const label = hmacSha256(utf8(subject), utf8(`stated ${item}`));
    const opening = label.subarray(0, 16);
    const common = { type: 'profile', time: 1_000_000, value: 1, position: 1n };
    return { label, opening, item, purpose: 'personalisation', ...common };
  });
}

function jobOf({ world, stated }: Profiled, config: ModelConfig = WITH): ShardJob {
  const subjects = world.people.map(({ subject, items }) => ({
    subject,
    records: packRecords([
      ...worldRecords(subject, items),
      ...statedRecords(subject, config.profilePurpose === undefined ? [] : (stated[subject] ?? [])),
    ]),
  }));
  return { genesis: smallGenesis(config), shard: 0, items: world.items, features: FEATURES, subjects };
}

const without = ({ world, stated }: Profiled, subject: string, feature: string): Profiled => ({
  world,
  stated: { ...stated, [subject]: (stated[subject] ?? []).filter((one) => one !== feature) },
});
const digestOf = (given: Profiled, config?: ModelConfig): string => rebuildShard(jobOf(given, config)).digest;

const WORLD: World = {
  items: ['a', 'b', 'c', 'd', 'e', 'f'],
  people: [0, 1, 2, 3].map((at) => ({
    subject: `person-${at}`,
    items: ['a', 'b', 'c', 'd', 'e', 'f'].slice(at % 3, 3 + (at % 3)),
  })),
};
const STATED: Stated = {
  'person-0': ['gender=F', 'age=18'],
  'person-1': ['gender=M'],
  'person-2': ['age=25'],
};
const GIVEN: Profiled = { world: WORLD, stated: STATED };

describe('a shard that takes features of people', () => {
  it('learns from them, and forgets one: what was trained before leaves no trace', () => {
    fc.assert(
      fc.property(profiled, (given) => {
        const [subject, [feature]] = Object.entries(given.stated).find(([, list]) => list.length > 0) ?? [
          '',
          [''],
        ];
        const rest = without(given, subject, feature);
        const fresh = digestOf(rest);
        if (subject !== '') expect(digestOf(given)).not.toBe(fresh);
        expect(digestOf(rest)).toBe(fresh);
      }),
      { numRuns: 20 },
    );
  });

  it('does not know in which order features, people and their records came', () => {
    fc.assert(
      fc.property(profiled, ({ world, stated }) => {
        const job = jobOf({ world, stated });
        const mixed = jobOf({
          world: { ...world, people: world.people.toReversed() },
          stated: Object.fromEntries(Object.entries(stated).map(([who, list]) => [who, list.toReversed()])),
        });
        expect(rebuildShard({ ...mixed, features: FEATURES.toReversed() }).digest).toBe(
          rebuildShard(job).digest,
        );
      }),
      { numRuns: 10 },
    );
  });

  it('counts a feature once, however often it was stated, and never as an item', () => {
    const [first, ...others] = jobOf(GIVEN).subjects;
    const again = statedRecords('again', ['gender=F']);
    const twice = { ...first, records: Buffer.concat([first.records, packRecords(again)]) };
    const catalogue = catalogueOfLine(WITH, jobOf(GIVEN));
    const { items, degrees, bySubject, features, featuresBySubject } = datasetOf(
      canonicalShard(catalogue, [twice, ...others]),
    );
    expect(items).toEqual(WORLD.items);
    expect(degrees.reduce((sum, count) => sum + count, 0)).toBe(12);
    expect(bySubject.indices).toHaveLength(12);
    expect(features).toEqual(FEATURES);
    expect([...featuresBySubject.offsets]).toEqual([0, 2, 3, 4, 4]);
    expect([...featuresBySubject.indices]).toEqual([0, 2, 3, 1]);
  });

  it('knows of nobody who has stated something and met nothing', () => {
    const stranger = { subject: 'stranger', records: packRecords(statedRecords('stranger', ['gender=M'])) };
    const job = jobOf(GIVEN);
    const more = rebuildShard({ ...job, subjects: [...job.subjects, stranger] });
    expect(more.digest).toBe(rebuildShard(job).digest);
    expect(more.count).toBe(rebuildShard(job).count + 1);
  });

  it('passes over a feature that has left the catalogue, and begins anew where one came', () => {
    const job = jobOf(GIVEN);
    const left = rebuildShard({ ...job, features: FEATURES.filter((one) => one !== 'age=25') });
    const never = rebuildShard({
      ...jobOf(without(GIVEN, 'person-2', 'age=25')),
      features: FEATURES.filter((one) => one !== 'age=25'),
    });
    expect(left.digest).toBe(never.digest);
    const more = rebuildShard({ ...job, features: [...FEATURES, 'age=35'] });
    expect(more.digest).not.toBe(rebuildShard(job).digest);
    const opened = () => scorerOf(more.file, WITH, FEATURES);
    expect(refusalOf(opened)).toBe('MODEL_CATALOGUE_MISMATCH');
  });

  it('is of another line than one that takes none: the genesis says so', () => {
    const [withFeatures, withoutAny] = [WITH, WITHOUT].map((config) => genesisDigest(smallGenesis(config)));
    expect(withFeatures).not.toBe(withoutAny);
  });

  it('holds a row for each feature of the catalogue, and none in a line that takes none', () => {
    const names = (config: ModelConfig): [string, readonly number[]][] =>
      readTensors(rebuildShard(jobOf(GIVEN, config)).file).tensors.map(({ name, shape }) => [name, shape]);
    expect(names(WITH)).toContainEqual(['feature_embeddings', [4, 4]]);
    expect(names(WITHOUT).map(([name]) => name)).not.toContain('feature_embeddings');
    expect(digestOf({ world: WORLD, stated: {} }, WITHOUT)).toBe(
      rebuildShard({ ...jobOf(GIVEN, WITHOUT), features: undefined }).digest,
    );
  });
});

function scorerOf(file: Uint8Array, config: ModelConfig, features: readonly string[]): ModelScorer {
  const { seed } = smallGenesis(config);
  const { items } = WORLD;
  const shards = [{ shard: 0, count: 1, file }];
  const aggregator = buildAggregator({ genesis: { seed, config }, items, features, shards });
  return new ModelScorer({ seed, config, items, features, shards: [file], aggregator });
}

describe('asking a line that takes features of people', () => {
  const scorer = scorerOf(rebuildShard(jobOf(GIVEN)).file, WITH, FEATURES);
  const ask = (...features: string[]) => scorer.scores({ present: ['a'], features });

  it('answers two people apart who have met the same and are not the same', () => {
    expect(ask('gender=F')).not.toEqual(ask('gender=M'));
    expect(ask('gender=F', 'age=18')).not.toEqual(ask('gender=F'));
    expect(ask('age=18', 'gender=F')).toEqual(ask('gender=F', 'age=18'));
    expect(ask('shoe-size=44')).toEqual(ask());
  });

  it('answers by features alone where nothing was met yet, and not without any', () => {
    const askStranger = (...features: string[]) => scorer.scores({ present: [], features });
    expect(askStranger('gender=F')!.every(Number.isFinite)).toBe(true);
    expect(askStranger('gender=F')).not.toEqual(askStranger('gender=M'));
    expect(askStranger('gender=F')).not.toEqual(ask('gender=F'));
    expect([askStranger(), askStranger('shoe-size=44')]).toEqual([undefined, undefined]);
    const query = { present: [], features: ['gender=F'], quarantinedShards: new Set([0]) };
    expect(scorer.scores(query)).toBeUndefined();
  });

  it.each(['fomaml-both', 'anil'] as const)('answers by features alone with training %s, too', (training) => {
    const config: ModelConfig = { ...WITH, subModel: { ...TOWERS, training } };
    const other = scorerOf(rebuildShard(jobOf(GIVEN, config)).file, config, FEATURES);
    const scores = other.scores({ present: [], features: ['gender=F'] })!;
    expect(scores.every(Number.isFinite)).toBe(true);
  });

  it('says nothing by features alone where a person is a row that strangers do not have', () => {
    const config: ModelConfig = { ...WITH, subModel: { ...TOWERS, training: 'plain', people: 'rows' } };
    const other = scorerOf(rebuildShard(jobOf(GIVEN, config)).file, config, FEATURES);
    const query = { present: [], features: ['gender=F'] };
    expect(other.scores({ ...query, subject: 'somebody' })).toBeUndefined();
    expect(other.scores({ ...query, subject: 'person-0' })).toBeDefined();
  });

  it('never recommends a feature', () => {
    const recommended = scorer.recommend({
      present: ['a'],
      features: ['gender=F'],
      exclude: new Set(),
      k: 50,
    });
    expect(recommended.map(({ item }) => item).sort()).toEqual(WORLD.items);
  });
});

describe('a configuration with features of people is refused', () => {
  it.each<[string, unknown, string]>([
    [
      'of a sub-model that takes none',
      strategyConfig('sisa', { profilePurpose: 'x' }),
      'CONFIG_COMBINATION_INVALID',
    ],
    ['of counts', strategyConfig('statistics', { profilePurpose: 'x' }), 'CONFIG_COMBINATION_INVALID'],
    ['under the purpose of the records', { ...WITH, profilePurpose: WITH.purpose }, 'CONFIG_PURPOSE_INVALID'],
    ['under no purpose', { ...WITH, profilePurpose: '' }, 'CONFIG_PURPOSE_INVALID'],
    ['under a purpose that is no text', { ...WITH, profilePurpose: 1 }, 'CONFIG_PURPOSE_INVALID'],
    ['under a purpose of 256 bytes', { ...WITH, profilePurpose: 'é'.repeat(128) }, 'CONFIG_PURPOSE_INVALID'],
  ])('%s', (_, config, code) => {
    expect(refusalOf(() => validateModelConfig(config))).toBe(code);
  });

  it('but kept as it is for two towers', () => {
    expect(validateModelConfig(WITH)).toEqual(WITH);
    expect(strategyConfig('eemu', { profilePurpose: 'personalisation' })).toMatchObject({
      profilePurpose: 'personalisation',
    });
  });

  it('and a catalogue in which an item is a feature, too', () => {
    expect(refusalOf(() => rebuildShard({ ...jobOf(GIVEN), features: ['a'] }))).toBe('DATASET_ITEM_TWICE');
  });
});
