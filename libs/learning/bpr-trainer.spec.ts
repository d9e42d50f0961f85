import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { BprConfig, ModelConfig } from '#libs/contracts';
import {
  jobOf,
  jobsOf,
  refusalOf,
  SMALL_CONFIG,
  smallGenesis,
  withoutPerson,
  withoutRecord,
  worlds,
  type World,
} from '#libs/testkit';
import {
  buildAggregator,
  ModelScorer,
  readTensors,
  rebuildShard,
  strategyConfig,
  validateModelConfig,
  type TensorData,
} from './index.js';

const SMALL_BPR: BprConfig = {
  kind: 'bpr',
  dimensions: 4,
  epochs: 30,
  learningRate: 0.2,
  regularization: 0.01,
  initScale: 0.5,
  foldInPasses: 10,
};
const CONFIG: ModelConfig = { ...SMALL_CONFIG, subModel: SMALL_BPR };
const GENESIS = smallGenesis(CONFIG);
const QUICK = smallGenesis({ ...CONFIG, subModel: { ...SMALL_BPR, epochs: 2 } });

/** Two tastes that never meet: items 0 … 2 and items 3 and 4. */
const TASTES: World = {
  items: ['item-0', 'item-1', 'item-2', 'item-3', 'item-4'],
  people: Array.from({ length: 24 }, (_, at) => ({
    subject: `person-${at}`,
    items: at % 2 === 0 ? ['item-0', 'item-1', 'item-2'] : ['item-3', 'item-4'],
  })),
};

function scorerOf(world: World): ModelScorer {
  const shards = jobsOf(world, GENESIS).map((job) => rebuildShard(job));
  const { items } = world;
  const aggregator = buildAggregator({ genesis: GENESIS, items, shards });
  return new ModelScorer({
    seed: GENESIS.seed,
    config: CONFIG,
    items,
    shards: shards.map(({ file }) => file),
    aggregator,
  });
}

const factorsOf = (world: World, genesis = QUICK): TensorData =>
  readTensors(rebuildShard(jobOf(world, 0, genesis)).file).tensors[0].data;

describe('a shard of BPR', () => {
  it('recommends first what people with the same items have', () => {
    const present = ['item-0', 'item-1'];
    const [first] = scorerOf(TASTES).recommend({ present, exclude: new Set(present), k: 1 });
    expect(first.item).toBe('item-2');
  });

  it('gives one tensor of item factors, and a digest after each epoch', () => {
    const { file, roundDigests } = rebuildShard(jobOf(TASTES, 0, GENESIS));
    expect(readTensors(file).tensors.map(({ name, shape }) => [name, shape])).toEqual([
      ['item_factors', [5, 4]],
    ]);
    expect(new Set(roundDigests).size).toBe(30);
  });

  it('has the bytes of one that has never seen a person or record that is gone', () => {
    fc.assert(
      fc.property(worlds, fc.nat(), (world, pick) => {
        const { subject, items } = world.people[pick % world.people.length];
        for (const rest of [withoutPerson(world, subject), withoutRecord(world, subject, items[0])]) {
          const fresh = factorsOf(rest);
          factorsOf(world);
          expect(factorsOf(rest)).toEqual(fresh);
          expect(fresh).not.toEqual(factorsOf(world));
        }
      }),
      { numRuns: 20 },
    );
  });

  it('forgets the order of arrival', () => {
    fc.assert(
      fc.property(worlds, ({ items, people }) => {
        const mixed = {
          items: items.toReversed(),
          people: people.toReversed().map((person) => ({ ...person, items: person.items.toReversed() })),
        };
        expect(factorsOf(mixed)).toEqual(factorsOf({ items, people }));
      }),
      { numRuns: 20 },
    );
  });

  it('answers a person by their records, whoever asks', () => {
    const scorer = scorerOf(TASTES);
    const query = { present: ['item-3'], exclude: new Set<string>(), k: 5 };
    const stranger = scorer.recommend(query);
    scorer.recommend({ ...query, present: ['item-0'] });
    expect(scorer.recommend({ ...query, subject: 'person-1' })).toEqual(stranger);
    expect(stranger.every(({ score }) => Number.isFinite(score))).toBe(true);
  });

  it('is zeros and says nothing where it is empty', () => {
    const empty = { ...TASTES, people: [] };
    expect(factorsOf(empty).every((value) => value === 0)).toBe(true);
    expect(scorerOf(empty).recommend({ present: ['item-0'], exclude: new Set(), k: 3 })).toEqual([]);
  });

  it('goes on from the item factors of the slice before, and from first draws where that slice was empty', () => {
    const sliced = smallGenesis({ ...CONFIG, slices: 2 });
    const job = jobOf(TASTES, 0, sliced);
    const { checkpoints, digest } = rebuildShard(job);
    const kept = checkpoints.map((one) => ({ ...one, file: one.file! }));
    expect(rebuildShard({ ...job, checkpoints: kept }).digest).toBe(digest);
    expect(digest).not.toBe(rebuildShard(jobOf(TASTES, 0, GENESIS)).digest);
    const lone = rebuildShard(jobOf({ ...TASTES, people: [{ subject: 'p', items: ['item-0'] }] }, 0, sliced));
    expect(readTensors(lone.file).tensors[0].data.some((value) => value !== 0)).toBe(true);
  });
});

describe('a configuration of BPR', () => {
  it('is the base of a strategy', () => {
    expect(validateModelConfig(strategyConfig('sisa', { base: 'bpr' })).subModel.kind).toBe('bpr');
  });

  it.each<[string, Partial<BprConfig>, string]>([
    ['dimensions that are no multiple of 4', { dimensions: 6 }, 'CONFIG_DIMENSIONS_INVALID'],
    ['no epochs', { epochs: 0 }, 'CONFIG_VALUE_INVALID'],
    ['half a pass', { foldInPasses: 0.5 }, 'CONFIG_VALUE_INVALID'],
    ['a learning rate that is no number', { learningRate: Number.NaN }, 'CONFIG_NUMBER_NOT_POSITIVE'],
    ['a regularization that vanishes in 32 bits', { regularization: 1e-60 }, 'CONFIG_NUMBER_NOT_POSITIVE'],
    ['a misspelt field', { rate: 1 } as Partial<BprConfig>, 'CONFIG_FIELD_UNKNOWN'],
  ])('is refused with %s', (_, change, code) => {
    expect(refusalOf(() => validateModelConfig({ ...CONFIG, subModel: { ...SMALL_BPR, ...change } }))).toBe(
      code,
    );
  });
});
