import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ModelConfig, TwoTowerConfig } from '#libs/contracts';
import {
  jobOf,
  refusalOf,
  smallGenesis,
  SMALL_CONFIG,
  SMALL_TOWERS,
  withoutPerson,
  withoutRecord,
  worlds,
  type World,
} from '#libs/testkit';
import {
  buildAggregator,
  drawsOf,
  ModelScorer,
  readTensors,
  rebuildShard,
  validateModelConfig,
  type ShardJob,
} from './index.js';
import { scoresReference } from '#libs/kernels';
import type { Factors } from './sub-model.js';
import { supportOf } from './two-tower-support.js';
import { twoTowerTrainer } from './two-tower-trainer.js';

const KINDS: readonly [string, Partial<TwoTowerConfig>][] = [
  ['plain', { training: 'plain', people: 'rows' }],
  ['fomaml', {}],
  ['fomaml with rows', { people: 'rows' }],
  ['fomaml on both sides', { training: 'fomaml-both' }],
  ['anil', { training: 'anil' }],
];

function configOf(change: Partial<TwoTowerConfig>, slices?: number): ModelConfig {
  const config: ModelConfig = { ...SMALL_CONFIG, subModel: { ...SMALL_TOWERS, ...change } };
  return slices === undefined ? config : { ...config, slices };
}

/** Items have one of two categories, and every third none. */
function jobFor(world: World, config: ModelConfig): ShardJob {
  const categories = world.items.map((_, at) => (at % 3 === 0 ? [] : [`category-${at % 2}`]));
  return { ...jobOf(world, 0, smallGenesis(config)), categories };
}

const digestOf = (world: World, config: ModelConfig): string => rebuildShard(jobFor(world, config)).digest;

const worldAndVictim = worlds.chain((world) =>
  fc
    .constantFrom(...world.people)
    .chain(({ subject, items }) => fc.constantFrom(...items).map((item) => ({ world, subject, item }))),
);

describe.each(KINDS)('a shard of two towers, %s', (_, change) => {
  const config = configOf(change);

  it('forgets a record and a person: what was trained before leaves no trace', () => {
    fc.assert(
      fc.property(worldAndVictim, ({ world, subject, item }) => {
        const rests = [withoutPerson(world, subject), withoutRecord(world, subject, item)];
        const fresh = rests.map((rest) => digestOf(rest, config));
        expect(digestOf(world, config)).not.toBe(fresh[0]);
        expect(rests.map((rest) => digestOf(rest, config))).toEqual(fresh);
      }),
      { numRuns: 10 },
    );
  });

  it('does not know in which order people, records, items and categories came', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const job = jobFor(world, config);
        const mixed: ShardJob = {
          ...job,
          items: job.items.toReversed(),
          categories: job.categories?.toReversed(),
          subjects: job.subjects.toReversed(),
        };
        expect(rebuildShard(mixed).digest).toBe(rebuildShard(job).digest);
      }),
      { numRuns: 15 },
    );
  });

  it('has no pseudonym in its file', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const file = Buffer.from(rebuildShard(jobFor(world, config)).file);
        for (const { subject } of world.people) expect(file.includes(subject)).toBe(false);
      }),
      { numRuns: 5 },
    );
  });

  it('says nothing when it is empty', () => {
    const job = { ...jobFor({ items: ['a', 'b'], people: [] }, config), categories: undefined };
    const { file } = rebuildShard(job);
    const scorer = scorerOf([file, file], config, ['a', 'b']);
    expect(scorer.scores({ present: ['a'], subject: 'person-0' })).toBeUndefined();
  });

  it('goes on from the slice before', () => {
    const sliced = configOf(change, 2);
    const world: World = {
      items: ['a', 'b', 'c', 'd', 'e', 'f'],
      people: [0, 1, 2, 3].map((at) => ({
        subject: `person-${at}`,
        items: ['a', 'b', 'c', 'd', 'e', 'f'].slice(at),
      })),
    };
    const whole = rebuildShard(jobFor(world, sliced));
    const resumed = rebuildShard({ ...jobFor(world, sliced), checkpoints: whole.checkpoints as never });
    expect(resumed.digest).toBe(whole.digest);
    expect(whole.digest).not.toBe(digestOf(world, config));
  });
});

function scorerOf(shards: readonly Uint8Array[], config: ModelConfig, items: readonly string[]): ModelScorer {
  const genesis = smallGenesis(config);
  const aggregator = buildAggregator({
    genesis,
    items,
    shards: shards.map((file, shard) => ({ shard, count: 1, file })),
  });
  return new ModelScorer({ seed: genesis.seed, config, items, shards, aggregator });
}

describe('asking two towers', () => {
  const items = ['a', 'b', 'c', 'd', 'e', 'f'];
  const world: World = {
    items,
    people: [0, 1, 2, 3, 4].map((at) => ({
      subject: `person-${at}`,
      items: items.slice(at % 3, 3 + (at % 3)),
    })),
  };
  const scorerFor = (change: Partial<TwoTowerConfig>): ModelScorer => {
    const config = configOf(change);
    const { genesis, subjects } = jobFor(world, config);
    const file = (shard: number) => rebuildShard({ genesis, shard, items, subjects }).file;
    return scorerOf([file(0), file(1)], config, items);
  };

  it('answers a stranger from their records where all begin alike', () => {
    const scorer = scorerFor({});
    const [one, other] = [['a'], ['f']].map((present) => scorer.scores({ present }));
    expect(one).toHaveLength(items.length);
    expect(other).not.toEqual(one);
    expect(scorer.scores({ present: ['a'] })).toEqual(one);
  });

  it('says nothing of a stranger where everybody has a row', () => {
    const scorer = scorerFor({ training: 'plain', people: 'rows' });
    expect(scorer.scores({ present: ['a'] })).toBeUndefined();
    expect(scorer.scores({ present: ['a'], subject: 'person-9' })).toBeUndefined();
    expect(scorer.scores({ present: ['a'], subject: 'person-1' })).toHaveLength(items.length);
  });

  it('has the same answer as its factors', () => {
    const config = configOf({});
    const { subjects, genesis } = jobFor(world, config);
    const { tensors } = readTensors(rebuildShard({ genesis, shard: 0, items, subjects }).file);
    const draw = drawsOf(genesis.seed);
    const opening = {
      config: config.subModel as TwoTowerConfig,
      items,
      categories: items.map(() => []),
      features: [],
      draw,
      shard: 0,
    };
    const model = twoTowerTrainer.open(tensors, opening);
    const person = { present: Uint32Array.of(1, 4) };
    const { dimensions, items: rows, person: of } = model.factors as Factors;
    const output = of(person) as Float32Array;
    expect(dimensions).toBe(4);
    const scores = scoresReference(rows, dimensions, output);
    expect(model.score(person)).toEqual(scores);
  });
});

describe('the records that a shard adapts to', () => {
  const draw = drawsOf('0'.repeat(64));
  const present = Uint32Array.from({ length: 20 }, (_, at) => at);
  const recency = present.map((item) => (item + 4) % 20);
  const degrees = Uint32Array.from({ length: 20 }, (_, at) => (at < 3 ? 1 : 1000));
  const support = (shard: number, most: number, by?: Uint32Array): number[] =>
    supportOf(
      { present, subject: 'person', recency },
      { draw, shard, degrees: by },
      { support: most, supportBy: 'rarity' },
    );

  it('are all where there are few', () => {
    expect(support(0, 20)).toEqual([...present]);
  });

  it('are distinct, the same each time, and others in another shard', () => {
    const chosen = support(0, 7);
    expect(new Set(chosen).size).toBe(7);
    expect(support(0, 7)).toEqual(chosen);
    expect(support(1, 7)).not.toEqual(chosen);
  });

  it('are the latest ones by recency, and drawn where the order is not known', () => {
    const by = { support: 7, supportBy: 'recency' as const };
    expect(supportOf({ present, subject: 'person', recency }, { draw, shard: 0 }, by)).toEqual([
      0, 1, 2, 16, 17, 18, 19,
    ]);
    expect(supportOf({ present, subject: 'person' }, { draw, shard: 0 }, by)).toEqual(support(0, 7));
  });

  it('are the rare ones first where degrees are known', () => {
    // e^((1 − 0.001)/0.01) to 1: a common item before a rare one does not happen
    expect(support(0, 7, degrees).slice(0, 3)).toEqual([0, 1, 2]);
  });
});

describe('a configuration of two towers is refused', () => {
  const refusals: readonly [string, Partial<TwoTowerConfig>, string][] = [
    ['with a field that nothing reads', { momentum: 1 } as never, 'CONFIG_FIELD_UNKNOWN'],
    ['with widths that are no multiple of 4', { embedding: 10 }, 'CONFIG_DIMENSIONS_INVALID'],
    ['without layers', { userLayers: [] }, 'CONFIG_DIMENSIONS_INVALID'],
    ['with towers that end differently', { itemLayers: [8] }, 'CONFIG_DIMENSIONS_INVALID'],
    ['with a training that does not exist', { training: 'reptile' } as never, 'CONFIG_VALUE_INVALID'],
    ['with supports of a kind that does not exist', { supportBy: 'luck' } as never, 'CONFIG_VALUE_INVALID'],
    ['plain from a shared row', { training: 'plain' }, 'CONFIG_COMBINATION_INVALID'],
    ['without epochs', { epochs: 0 }, 'CONFIG_VALUE_INVALID'],
    ['with half a person a batch', { batch: 1.5 }, 'CONFIG_VALUE_INVALID'],
    ['with a rate that is not a number', { learningRate: Number.NaN }, 'CONFIG_NUMBER_NOT_POSITIVE'],
    ['with a margin that vanishes in 32 bits', { margin: 1e-60 }, 'CONFIG_NUMBER_NOT_POSITIVE'],
    ['with a weight decay below 0', { weightDecay: -1 }, 'CONFIG_VALUE_INVALID'],
  ];
  it.each(refusals)('%s', (_, change, code) => {
    expect(refusalOf(() => validateModelConfig(configOf(change)))).toBe(code);
  });
});
