import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { MetaConfig, ModelConfig } from '#libs/contracts';
import {
  jobsOf,
  refusalOf,
  shardOfPerson,
  SMALL_CONFIG,
  smallGenesis,
  withoutPerson,
  withoutRecord,
  worlds,
  type World,
} from '#libs/testkit';
import {
  aggregatorReady,
  buildAggregator,
  drawsOf,
  ModelScorer,
  rebuildShard,
  validateModelConfig,
} from './index.js';
import type { ShardJob } from './index.js';
import { ContentOverlap } from './content-overlap.js';
import { metaTasks, QUERIES } from './meta-tasks.js';
import { networkScores, type MetaNetwork } from './meta-network.js';
import { untrainedNetwork } from './meta-scaling.js';
import { tensorFlowScores, trainNetwork } from './meta-training.js';
import { canonicalCatalogue, canonicalShard, datasetOf } from './shard-dataset.js';
import { tensorFlow } from './tensorflow.js';
import { trainerOf } from './sub-models.js';
import { readModelFile, catalogueDigest } from './model-file.js';

const META: MetaConfig = { kind: 'meta', hidden: 4, tasks: 8, epochs: 2, learningRate: 0.05, innerRate: 0.1 };
const CONFIG: ModelConfig = { ...SMALL_CONFIG, aggregator: META };
const GENESIS = smallGenesis(CONFIG);
const CATEGORIES = Array.from({ length: 8 }, (_, at) => [`kind-${at % 3}`, `age-${at % 2}`]);

/** Everybody has met something, in both shards: enough to learn from. */
const WORLD: World = {
  items: Array.from({ length: 8 }, (_, at) => `item-${at}`),
  people: Array.from({ length: 8 }, (_, at) => ({
    subject: `person-${at}`,
    items: [0, 1, 3, 4, 6].map((step) => `item-${(at * 3 + step) % 8}`),
  })),
};

const worldAndVictim = worlds.chain((world) =>
  fc
    .constantFrom(...world.people)
    .chain(({ subject, items }) => fc.constantFrom(...items).map((item) => ({ world, subject, item }))),
);

const categorised = (job: ShardJob): ShardJob => ({ ...job, categories: CATEGORIES });
const jobs = (world: World): ShardJob[] => jobsOf(world, GENESIS).map(categorised);

function aggregate(shardJobs: readonly ShardJob[]): Uint8Array {
  const shards = shardJobs.map((job) => ({ ...rebuildShard(job), subjects: job.subjects }));
  const { items } = shardJobs[0];
  return buildAggregator({ genesis: GENESIS, items, categories: CATEGORIES, shards });
}

function scorerOf(world: World): ModelScorer {
  const shards = jobs(world).map((job) => rebuildShard(job).file);
  const { items } = world;
  const aggregator = aggregate(jobs(world));
  return new ModelScorer({
    seed: GENESIS.seed,
    config: CONFIG,
    items,
    categories: CATEGORIES,
    shards,
    aggregator,
  });
}

/** What training sees of a world, and the network before it. */
function lesson(world: World) {
  const shards = jobs(world).map((job) => ({
    dataset: datasetOf(canonicalShard(canonicalCatalogue(job), job.subjects)),
    file: rebuildShard(job).file,
  }));
  const { items, categories } = shards[0].dataset;
  const draw = drawsOf(GENESIS.seed);
  const head = { kind: 'ials', catalogue: catalogueDigest(items) } as const;
  const models = shards.map(({ file }, shard) =>
    trainerOf('ials').open(readModelFile(file, head), {
      config: CONFIG.subModel,
      shard,
      items,
      categories,
      draw,
    }),
  );
  const confidence = Float32Array.from({ length: 16 }, (_, at) => at / 16);
  const tasks = metaTasks({ shards, models, confidence, content: new ContentOverlap(categories), draw }, 8);
  return { shards, tasks, network: untrainedNetwork(tasks.outer, 2, META.hidden, draw) };
}

beforeAll(() => aggregatorReady(CONFIG));

describe('unlearning with a learned aggregator', () => {
  const forgets = (by: (before: World, after: World) => Uint8Array) =>
    fc.property(worldAndVictim, fc.boolean(), ({ world, subject, item }, wholePerson) => {
      const rest = wholePerson ? withoutPerson(world, subject) : withoutRecord(world, subject, item);
      expect(by(world, rest)).toEqual(aggregate(jobs(rest)));
    });

  it('leaves the bytes of an aggregator that has never seen the person or the record', () => {
    const rebuilt = (before: World, after: World): Uint8Array => {
      aggregate(jobs(before));
      return aggregate(jobs(after).toReversed());
    };
    fc.assert(forgets(rebuilt), { numRuns: 15 });
  });

  it('is not what a double does that keeps the aggregator when a shard is rebuilt', () => {
    expect(
      fc.check(
        forgets((before) => aggregate(jobs(before))),
        { numRuns: 15 },
      ).failed,
    ).toBe(true);
  });

  it('forgets in which order people, records and items arrived', () => {
    const mixed = jobs(WORLD).map((job) => ({
      ...job,
      items: job.items.toReversed(),
      categories: CATEGORIES.toReversed(),
      subjects: job.subjects.toReversed(),
    }));
    const shards = mixed.map((job) => ({ ...rebuildShard(job), subjects: job.subjects }));
    const { items, categories } = mixed[0];
    expect(buildAggregator({ genesis: GENESIS, items, categories, shards })).toEqual(aggregate(jobs(WORLD)));
  });

  it('gives the same bytes again, also after other work in the same engine', () => {
    const first = aggregate(jobs(WORLD));
    const tf = tensorFlow();
    tf.tidy(() => tf.matMul(tf.ones([64, 64]), tf.ones([64, 64])).dataSync());
    tf.ones([1001]).dataSync();
    expect(aggregate(jobs(WORLD))).toEqual(first);
  });
});

describe('what the learned aggregator is taught', () => {
  it('asks no shard about an item that the shard has trained on with this person', () => {
    const { tasks, shards } = lesson(WORLD);
    expect(tasks.count).toBe(8);
    const { asked } = tasks.outer.features;
    const ofTask = asked.length / tasks.count;
    const asks = Array.from({ length: tasks.count }, (_, task) => [
      ...asked.subarray(task * ofTask, task * ofTask + 2),
    ]);
    const inShard = shards.map(({ dataset }) => dataset.subjects.length);
    // Every person stands in one shard, so the other one is asked.
    expect(asks.filter(([first]) => first === 0)).toEqual(Array(inShard[0]).fill([0, 1]));
    expect(asks.filter(([first]) => first === 1)).toEqual(Array(inShard[1]).fill([1, 0]));
  });

  it('moves the loss of the queries down', () => {
    const { tasks, network } = lesson(WORLD);
    const before = wins(network, tasks.outer);
    const trained = trainNetwork(network, tasks, { ...META, epochs: 100 });
    expect(wins(trained, tasks.outer)).toBeGreaterThan(before);
  });

  /** How many candidates score below the item that was held out. */
  function wins(
    network: MetaNetwork,
    { features, weights }: ReturnType<typeof lesson>['tasks']['outer'],
  ): number {
    const scores = networkScores(network, features, 2);
    const size = weights.length / (8 * QUERIES);
    return scores.reduce(
      (sum, score, row) => sum + (weights[row] > 0 && scores[row - (row % size)] > score ? 1 : 0),
      0,
    );
  }

  it('is computed by hand as TensorFlow.js computes it', () => {
    const { tasks, network } = lesson(WORLD);
    const trained = trainNetwork(network, tasks, META);
    const byHand = networkScores(trained, tasks.outer.features, 2);
    const byEngine = tensorFlowScores(trained, tasks.outer);
    byHand.forEach((score, row) => {
      // The engine rounds each of some forty steps to 32 bits, with terms of up to about 4; by hand only the result is rounded.
      expect(Math.abs(score - byEngine[row])).toBeLessThan(64 * 2 ** -22);
    });
  });
});

describe('a learned aggregator in service', () => {
  const anybody = { subject: 'person-0', present: ['item-0', 'item-3'] };

  it('scores every item for a person whose records it cannot place, and for a stranger', () => {
    const scorer = scorerOf(WORLD);
    const scores = scorer.scores(anybody);
    expect(scores).toHaveLength(8);
    expect(scores?.every(Number.isFinite)).toBe(true);
    expect(scorer.scores({ present: anybody.present })).toEqual(scores);
  });

  it('goes by the shards that have something to say, where one is empty', () => {
    const shard = shardOfPerson('person-0');
    const half = { ...WORLD, people: WORLD.people.filter(({ subject }) => shardOfPerson(subject) === shard) };
    const scores = scorerOf(half).scores(anybody);
    expect(scores?.every(Number.isFinite)).toBe(true);
  });

  it('says nothing where no shard does', () => {
    expect(scorerOf({ ...WORLD, people: [] }).scores(anybody)).toBeUndefined();
  });

  it('ranks as the mean does where there was nothing to learn from', () => {
    const alone = { ...WORLD, people: WORLD.people.slice(0, 1) };
    const shard = shardOfPerson('person-0');
    const scores = scorerOf(alone).scores(anybody) ?? new Float32Array();
    const mean = new ModelScorer({
      seed: GENESIS.seed,
      config: SMALL_CONFIG,
      items: alone.items,
      shards: jobs(alone).map((job) => rebuildShard(job).file),
      aggregator: buildAggregator({
        genesis: { seed: GENESIS.seed, config: SMALL_CONFIG },
        items: alone.items,
        shards: [0, 1].map((at) => ({ shard: at, count: at === shard ? 5 : 0 })),
      }),
    }).scores(anybody);
    const order = (of: Float32Array): number[] => [...of.keys()].sort((a, b) => of[b] - of[a] || a - b);
    expect(order(scores)).toEqual(order(mean ?? new Float32Array()));
  });
});

describe('the configuration of a learned aggregator', () => {
  const codeOf = (change: object): unknown =>
    refusalOf(() => validateModelConfig({ ...CONFIG, aggregator: { ...META, ...change } }));

  it('is taken as it is where it can be built', () => {
    expect(validateModelConfig(CONFIG)).toEqual(CONFIG);
  });

  it.each([
    [{ hidden: 0 }],
    [{ hidden: 2.5 }],
    [{ tasks: 0 }],
    [{ epochs: 0 }],
    [{ epochs: 1001 }],
    [{ learningRate: 0 }],
    [{ learningRate: NaN }],
    [{ innerRate: -0.1 }],
    [{ innerRate: Infinity }],
  ])('is refused with %p', (change) => {
    expect(codeOf(change)).toBe('CONFIG_VALUE_INVALID');
  });

  it('is refused with a field that nothing reads', () => {
    expect(codeOf({ tasksPerEpoch: 3 })).toBe('CONFIG_FIELD_UNKNOWN');
  });

  it('names the engine in the numeric profile and its binary among the kernels', () => {
    expect(GENESIS.numericProfile).toMatch(/ tfjs-wasm\/4\.22\.0$/);
    expect(GENESIS.kernelDigest).not.toBe(smallGenesis().kernelDigest);
  });
});
