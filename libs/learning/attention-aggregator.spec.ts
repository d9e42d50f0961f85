import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { AttentionConfig, ModelConfig, SubModelConfig } from '#libs/contracts';
import { product, type Matrix } from '#libs/kernels';
import {
  gradientsOf as autodiff,
  jobOf,
  jobsOf,
  refusalOf,
  shardOfPerson,
  SMALL_CONFIG,
  SMALL_TOWERS,
  smallGenesis,
  withoutPerson,
  worlds,
  type World,
} from '#libs/testkit';
import { alignment } from './alignment.js';
import { attentionAggregator } from './attention-aggregator.js';
import { attend, PARAMETERS, shapeOf, zeroParameters } from './attention-network.js';
import { attentionTasks, itemWords, preferencesOf } from './attention-tasks.js';
import { gradientsOf } from './attention-training.js';
import {
  buildAggregator,
  drawsOf,
  ModelScorer,
  readTensors,
  rebuildShard,
  validateModelConfig,
} from './index.js';
import { canonicalCatalogue, canonicalShard, datasetOf } from './shard-dataset.js';

const ATTENTION: AttentionConfig = {
  kind: 'attention',
  dimensions: 4,
  people: 100,
  epochs: 3,
  learningRate: 0.05,
  regularization: 0.001,
};
const CONFIG: ModelConfig = { ...SMALL_CONFIG, aggregator: ATTENTION };
const OF_TOWERS: ModelConfig = { ...CONFIG, subModel: SMALL_TOWERS };
const GENESIS = smallGenesis(CONFIG);
const SHAPE = { shards: 3, dimensions: 4, width: 8 };

/** Two tastes that never meet: items 0 … 2 and items 3 and 4. */
const TASTES: World = {
  items: ['item-0', 'item-1', 'item-2', 'item-3', 'item-4'],
  people: Array.from({ length: 24 }, (_, at) => ({
    subject: `person-${at}`,
    items: at % 2 === 0 ? ['item-0', 'item-1', 'item-2'] : ['item-3', 'item-4'],
  })),
};

function floats(length: number, seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

const matrix = (rows: number, seed: number): Matrix => ({ rows, columns: 4, data: floats(rows * 4, seed) });

function shardsOf(world: World, genesis = GENESIS) {
  return jobsOf(world, genesis).map((job) => ({ ...rebuildShard(job), subjects: job.subjects }));
}

const aggregatorOf = (world: World, genesis = GENESIS): Uint8Array =>
  buildAggregator({ genesis, items: world.items, shards: shardsOf(world, genesis) });

function scorerOf(world: World, aggregator = aggregatorOf(world)): ModelScorer {
  const shards = shardsOf(world).map(({ file }) => file);
  return new ModelScorer({ seed: GENESIS.seed, config: CONFIG, items: world.items, shards, aggregator });
}

describe('the gradient of the attention network', () => {
  // Shards 0 and 2 have factors, shard 1 is empty. Two people, three items.
  const parameters = zeroParameters(SHAPE);
  PARAMETERS.forEach((name, at) => parameters[name].set(floats(parameters[name].length, at + 1)));
  const rows = (count: number, seed: number) =>
    [0, 2].map((shard) => ({ shard, rows: matrix(count, seed + shard) }));
  const [peopleRows, itemRows] = [rows(2, 50), rows(3, 60)];
  const preferences = [
    { task: 1, item: 2, other: 0 },
    { task: 0, item: 1, other: 2 },
    { task: 1, item: 1, other: 0 },
  ];

  it('is what automatic differentiation gives', async () => {
    const { by } = await autodiff(
      (tf, inputs) => {
        const tensor = Object.fromEntries(PARAMETERS.map((name, at) => [name, inputs[at]]));
        const mixture = (side: 'people' | 'items', given: typeof peopleRows) => {
          const shard = (from: (typeof inputs)[number], at: number, shape: number[]) =>
            tf.reshape(tf.slice(from, [at], [1]), shape);
          const transformed = given.map(({ shard: at, rows: { rows: count, columns, data } }) =>
            tf.add(
              tf.matMul(tf.tensor2d(data, [count, columns]), shard(tensor.transform, at, [4, 4])),
              shard(tensor.transform_bias, at, [1, 4]),
            ),
          );
          const scores = transformed.map((of) => {
            const layer = tf.add(tf.matMul(of, tensor[`${side}_layer`]), tensor[`${side}_bias`]);
            return tf.matMul(tf.relu(layer), tf.reshape(tensor[`${side}_query`], [8, 1]));
          });
          const weights = tf.softmax(tf.concat(scores, 1));
          return tf.addN(
            transformed.map((of, at) => tf.mul(of, tf.slice(weights, [0, at], [of.shape[0], 1]))),
          );
        };
        const [people, items] = [mixture('people', peopleRows), mixture('items', itemRows)];
        const losses = preferences.map(({ task, item, other }) => {
          const row = (of: typeof people, at: number) => tf.slice(of, [at], [1]);
          const difference = tf.sub(row(items, item), row(items, other));
          return tf.softplus(tf.neg(tf.sum(tf.mul(row(people, task), difference))));
        });
        return tf.div(tf.addN(losses), losses.length);
      },
      PARAMETERS.map((name) => ({ shape: shapeOf(name, SHAPE), data: parameters[name] })),
    );
    const gradients = gradientsOf({ shape: SHAPE, peopleRows, itemRows }, parameters, preferences);
    PARAMETERS.forEach((name, at) => {
      // Both sides round every step to 32 bits: values up to 10, some dozens of terms.
      gradients[name].forEach((value, k) => expect(Math.abs(value - by[at][k])).toBeLessThan(2e-5));
      expect(by[at].some((value) => value !== 0)).toBe(true);
    });
  });

  it('is nothing for the map of a shard without factors', () => {
    const gradients = gradientsOf({ shape: SHAPE, peopleRows, itemRows }, parameters, preferences);
    expect(gradients.transform.subarray(16, 32).every((value) => value === 0)).toBe(true);
  });
});

describe('attention', () => {
  it('is the mean of the factors where nothing has been learnt', () => {
    const parameters = zeroParameters(SHAPE);
    for (const shard of [0, 1, 2]) for (let k = 0; k < 4; k++) parameters.transform[16 * shard + 5 * k] = 1;
    const [a, b] = [matrix(2, 1), matrix(2, 2)];
    const { out } = attend(SHAPE, parameters, 'people', [
      { shard: 0, rows: a },
      { shard: 2, rows: b },
    ]);
    expect([...out.data]).toEqual(
      [...a.data].map((value, at) => Math.fround(Math.fround(value / 2) + Math.fround(b.data[at] / 2))),
    );
  });
});

describe('the alignment of two shards', () => {
  it('is the rotation that one has been turned by', () => {
    const turn = {
      rows: 4,
      columns: 4,
      data: Float32Array.of(0, 1, 0, 0, -1, 0, 0, 0, 0, 0, 0.6, 0.8, 0, 0, -0.8, 0.6),
    };
    const from = matrix(30, 5);
    const found = alignment(from, product({ left: from, right: turn }));
    // A dozen products of four terms, each rounded to 32 bits, behind a matrix of condition number below 3.
    found.data.forEach((value, at) => expect(Math.abs(value - turn.data[at])).toBeLessThan(1e-5));
  });

  it('is the identity where nothing is in common', () => {
    const nothing = { ...matrix(3, 1), data: new Float32Array(12) };
    expect([...alignment(nothing, matrix(3, 2)).data]).toEqual([
      1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1,
    ]);
  });
});

describe('the people to learn from', () => {
  const draw = drawsOf('5e'.repeat(32));
  const datasetsOf = (world: World) =>
    jobsOf(world, GENESIS).map((job) => datasetOf(canonicalShard(canonicalCatalogue(job), job.subjects)));
  const tasksOf = (world: World, people: number) =>
    attentionTasks(datasetsOf(world), world.items, people, draw);

  it('are drawn by name: who is drawn from many is drawn from fewer too', () => {
    const some = tasksOf(TASTES, 5).map(({ subject }) => subject);
    expect(some).toHaveLength(5);
    const rest = withoutPerson(TASTES, TASTES.people.find(({ subject }) => !some.includes(subject))!.subject);
    expect(tasksOf(rest, 5).map(({ subject }) => subject)).toEqual(some);
  });

  it('have each item either held out or in the support, and at most half held out', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const tasks = tasksOf(world, 100);
        for (const { subject, support, queries } of tasks) {
          const met = world.people.find((person) => person.subject === subject)!.items;
          expect([...support, ...queries].map((at) => world.items[at]).toSorted()).toEqual(met.toSorted());
          expect(queries.length).toBe(met.length >> 1);
        }
        expect(tasks.map(({ subject }) => subject)).toEqual(
          world.people.filter(({ items }) => items.length > 1).map(({ subject }) => subject),
        );
      }),
    );
  });

  it('leave the shard out that was trained on their records, and are asked for what it alone knows', () => {
    for (const { subject, shard } of tasksOf(TASTES, 100)) expect(shard).toBe(shardOfPerson(subject));
    const both = TASTES.people.slice(0, 8);
    // Everybody's item 0 is in both shards, items 1 and 2 (or 3 and 4) in one each.
    const split = [0, 1].map((shard) =>
      jobOf({
        ...TASTES,
        people: both.map(({ subject, items }) => ({
          subject,
          items: ['item-0', items[shard + items.length - 2]],
        })),
      }),
    );
    const datasets = split.map((job) => datasetOf(canonicalShard(canonicalCatalogue(job), job.subjects)));
    const tasks = attentionTasks(datasets, TASTES.items, 100, draw);
    expect(new Set(tasks.map(({ shard }) => shard))).toEqual(new Set([0, 1]));
    for (const { subject, shard, support, queries } of tasks) {
      const { items } = both.find((one) => one.subject === subject)!;
      expect([...queries].map((at) => TASTES.items[at])).toEqual([items[shard + items.length - 2]]);
      expect(support).toHaveLength(2);
    }
  });

  it('get negatives that they have not met, others in another epoch', () => {
    const tasks = tasksOf(TASTES, 100);
    const names = itemWords(TASTES.items, draw);
    const [first, second] = [0, 1].map((epoch) => preferencesOf(tasks, epoch, names, draw));
    for (const { task, item, other } of [...first, ...second]) {
      const { support, queries } = tasks[task];
      expect([...queries]).toContain(item);
      expect([...support, ...queries]).not.toContain(other);
    }
    expect(second).not.toEqual(first);
  });
});

describe('a line with attention', () => {
  it('recommends first what people with the same items have', () => {
    const present = ['item-0', 'item-1'];
    const [first] = scorerOf(TASTES).recommend({ present, exclude: new Set(present), k: 1 });
    expect(first.item).toBe('item-2');
  });

  it.each([CONFIG, OF_TOWERS])(
    'has the aggregator of one that has never seen the person, of $subModel.kind',
    (config) => {
      const genesis = smallGenesis(config);
      fc.assert(
        fc.property(worlds, (world) => {
          const rest = withoutPerson(world, world.people[0].subject);
          const fresh = aggregatorOf(rest, genesis);
          aggregatorOf(world, genesis);
          expect(aggregatorOf(rest, genesis)).toEqual(fresh);
        }),
        { numRuns: 15 },
      );
    },
  );

  it('mixes what towers say of people whom a shard has not met, and is learnt', () => {
    const [learnt, idle] = [0.05, 1e-9].map((learningRate) => {
      const genesis = smallGenesis({ ...OF_TOWERS, aggregator: { ...ATTENTION, learningRate } });
      const shards = shardsOf(TASTES, genesis).map(({ file }) => file);
      const aggregator = aggregatorOf(TASTES, genesis);
      return new ModelScorer({ ...genesis, items: TASTES.items, shards, aggregator });
    });
    const query = { present: ['item-0', 'item-1'], exclude: new Set(['item-0', 'item-1']), k: 5 };
    const answer = learnt.recommend(query);
    expect(answer.map(({ item }) => item).sort()).toEqual(['item-2', 'item-3', 'item-4']);
    expect(answer).not.toEqual(idle.recommend(query));
  });

  it('forgets the order in which people, items and shards arrive', () => {
    const shards = shardsOf(TASTES);
    const mixed = shards.map((one) => ({ ...one, subjects: one.subjects.toReversed() })).toReversed();
    expect(buildAggregator({ genesis: GENESIS, items: TASTES.items.toReversed(), shards: mixed })).toEqual(
      aggregatorOf(TASTES),
    );
  });

  it('learns: another number of epochs gives other parameters', () => {
    const idle = smallGenesis({ ...CONFIG, aggregator: { ...ATTENTION, epochs: 1 } });
    const [{ data }, other] = [GENESIS, idle].map(
      (genesis) => readTensors(aggregatorOf(TASTES, genesis)).tensors[0],
    );
    expect(data).not.toEqual(other.data);
  });

  it('says nothing where every shard is empty, and answers from the shards that are not', () => {
    const empty = { ...TASTES, people: [] };
    const query = { present: ['item-0'], exclude: new Set<string>(), k: 5 };
    expect(scorerOf(empty).recommend(query)).toEqual([]);
    const alone = { ...TASTES, people: TASTES.people.slice(0, 1) };
    expect(scorerOf(alone).recommend(query)).toHaveLength(5);
  });

  it('is answered by the mean of the other shards while one is quarantined', () => {
    const mean = smallGenesis();
    const shards = shardsOf(TASTES).map(({ file }) => file);
    const plain = new ModelScorer({
      seed: mean.seed,
      config: mean.config,
      items: TASTES.items,
      shards,
      aggregator: buildAggregator({ genesis: mean, items: TASTES.items, shards: shardsOf(TASTES, mean) }),
    });
    const query = { present: ['item-0'], exclude: new Set<string>(), k: 5, quarantinedShards: new Set([1]) };
    expect(scorerOf(TASTES).recommend(query)).toEqual(plain.recommend(query));
  });
});

describe('a configuration of attention', () => {
  it.each<[string, Partial<ModelConfig>, string]>([
    ['no people', { aggregator: { ...ATTENTION, people: 0 } }, 'CONFIG_VALUE_INVALID'],
    ['half an epoch', { aggregator: { ...ATTENTION, epochs: 0.5 } }, 'CONFIG_VALUE_INVALID'],
    [
      'a width that is no multiple of 4',
      { aggregator: { ...ATTENTION, dimensions: 6 } },
      'CONFIG_DIMENSIONS_INVALID',
    ],
    ['no learning rate', { aggregator: { ...ATTENTION, learningRate: 0 } }, 'CONFIG_NUMBER_NOT_POSITIVE'],
  ])('is refused with %s', (_, change, code) => {
    expect(refusalOf(() => validateModelConfig({ ...CONFIG, ...change }))).toBe(code);
  });

  it.each<[string, SubModelConfig]>([
    ['counts of pairs', { kind: 'gram', scope: { kind: 'all' } }],
    ['rows of people, which one shard has', { ...SMALL_TOWERS, training: 'plain', people: 'rows' }],
    ['items that depend on who asks', { ...SMALL_TOWERS, training: 'fomaml-both' }],
  ])('is refused with %s', (_, subModel) => {
    const { partition } = CONFIG;
    expect(refusalOf(() => attentionAggregator.validate(ATTENTION, { subModel, partition }))).toBe(
      'CONFIG_COMBINATION_INVALID',
    );
  });
});
