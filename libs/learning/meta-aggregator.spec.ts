import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { packRecords, unpackRecords, type MetaConfig, type ModelConfig } from '#libs/contracts';
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
import { askedOf, evidenceOf, FEATURES, pairFeatures } from './meta-features.js';
import { CANDIDATES, metaTasks, type MetaTasks } from './meta-tasks.js';
import { networkScores, type MetaNetwork } from './meta-network.js';
import { untrainedNetwork } from './meta-scaling.js';
import { tensorFlowScores, trainNetwork } from './meta-training.js';
import { canonicalCatalogue, canonicalShard, datasetOf } from './shard-dataset.js';
import { WASM_ENGINE } from './tensorflow-wasm.js';
import { trainerOf } from './sub-models.js';
import { readModelFile, catalogueDigest } from './model-file.js';

const META: MetaConfig = {
  kind: 'meta',
  hidden: 4,
  tasks: 8,
  epochs: 2,
  learningRate: 0.05,
  innerSteps: 2,
  innerRate: 0.1,
};
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

type TimeOf = (item: number) => number;
/** Everybody met the items in the order of the catalogue. */
const BY_INDEX: TimeOf = (item) => item;
const AT_ONCE: TimeOf = () => 5;

const jobs = (world: World, timeOf = BY_INDEX): ShardJob[] =>
  jobsOf(world, GENESIS).map((job) => ({
    ...job,
    categories: CATEGORIES,
    subjects: job.subjects.map(({ subject, records }) => ({
      subject,
      records: packRecords(
        unpackRecords(records).map((record) => ({
          ...record,
          time: timeOf(world.items.indexOf(record.item)),
        })),
      ),
    })),
  }));

function aggregate(shardJobs: readonly ShardJob[]): Uint8Array {
  const shards = shardJobs.map((job) => ({ ...rebuildShard(job), subjects: job.subjects }));
  const { items } = shardJobs[0];
  return buildAggregator({ genesis: GENESIS, items, categories: CATEGORIES, shards });
}

function scorerOf(world: World, timeOf = BY_INDEX): ModelScorer {
  const shards = jobs(world, timeOf).map((job) => rebuildShard(job).file);
  const { items } = world;
  const aggregator = aggregate(jobs(world, timeOf));
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
function lesson(world: World, timeOf = BY_INDEX) {
  const shards = jobs(world, timeOf).map((job) => ({
    dataset: datasetOf(canonicalShard(canonicalCatalogue(job), job.subjects)),
    file: rebuildShard(job).file,
  }));
  const { items, categories, features } = shards[0].dataset;
  const draw = drawsOf(GENESIS.seed);
  const head = { kind: 'ials', catalogue: catalogueDigest({ items, features }) } as const;
  const models = shards.map(({ file }, shard) =>
    trainerOf('ials').open(readModelFile(file, head), {
      config: CONFIG.subModel,
      shard,
      items,
      categories,
      features,
      draw,
    }),
  );
  const confidence = Float32Array.from({ length: 16 }, (_, at) => at / 16);
  const sources = { shards, models, confidence, content: new ContentOverlap(categories), draw };
  const tasks = metaTasks(sources, 8);
  return { sources, tasks, network: untrainedNetwork(tasks, META.hidden, draw) };
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
    const tf = WASM_ENGINE.library();
    tf.tidy(() => tf.matMul(tf.ones([64, 64]), tf.ones([64, 64])).dataSync());
    tf.ones([1001]).dataSync();
    expect(aggregate(jobs(WORLD))).toEqual(first);
  });
});

describe('what the learned aggregator is taught', () => {
  /** What shard `asked` alone says of a person's item, the person being there without the items of `out`. */
  function saidBy(
    { sources }: ReturnType<typeof lesson>,
    asked: number,
    subject: string,
    out: readonly number[],
  ): Float32Array {
    const { dataset } = sources.shards[shardOfPerson(subject)];
    const row = dataset.subjects.indexOf(subject);
    const { offsets, indices } = dataset.bySubject;
    const present = indices.slice(offsets[row], offsets[row + 1]).filter((item) => !out.includes(item));
    const recency = present.map((_, at) => present.length - 1 - at);
    const person = { subject, present, recency };
    const scores = sources.models.map((model) => model.score(person));
    const evidence = askedOf(evidenceOf(scores, person, sources), (shard) => shard === asked);
    return pairFeatures(evidence, sources.confidence, Uint32Array.of(out[0]));
  }

  it('is to find the item that was met last, of which it asks only the shards that have not trained on it', () => {
    const taught = lesson(WORLD);
    const queried = rowsOfQueries(taught.tasks);
    const expected = WORLD.people.map(({ subject, items }) => {
      const last = Math.max(...items.map((item) => WORLD.items.indexOf(item)));
      return [...saidBy(taught, 1 - shardOfPerson(subject), subject, [last])];
    });
    const sorted = (rows: readonly (readonly number[])[]): string[] => rows.map((row) => row.join()).sort();
    expect(sorted(queried)).toEqual(sorted(expected));
  });

  it('draws by name what is to be found where all records have one time', () => {
    const { tasks } = lesson(WORLD, AT_ONCE);
    expect(rowsOfQueries(tasks)).toEqual(rowsOfQueries(lesson(WORLD, () => 0).tasks));
    expect(rowsOfQueries(tasks)).not.toEqual(rowsOfQueries(lesson(WORLD).tasks));
    // Nobody's latest records are known, so nothing rests on them.
    for (let row = 0; row < tasks.weights.length; row++)
      expect([tasks.features[row * FEATURES + 4], tasks.features[row * FEATURES + 6]]).toEqual([0, 0]);
  });

  it('is by so many queries as a quarter of the items, at least one', () => {
    const { tasks } = lesson(WORLD);
    expect([...tasks.queries]).toEqual(Array.from({ length: 8 }, () => [1, 0, 0, 0]).flat());
  });

  /** Features of the items that are held out, one row a query. */
  function rowsOfQueries({ features, queries }: MetaTasks): number[][] {
    return [...queries.keys()]
      .filter((query) => queries[query] > 0)
      .map((query) => query * CANDIDATES * FEATURES)
      .map((from) => [...features.subarray(from, from + FEATURES)]);
  }

  it('moves the loss of the queries down', () => {
    const { tasks, network } = lesson(WORLD);
    const trained = trainNetwork(WASM_ENGINE.library(), network, tasks, { ...META, epochs: 100 });
    expect(wins(trained, tasks)).toBeGreaterThan(wins(network, tasks));
  });

  /** How many candidates score below the item that was held out. */
  function wins(network: MetaNetwork, { features, weights }: MetaTasks): number {
    const scores = networkScores(network, features);
    return scores.reduce(
      (sum, score, row) => sum + (weights[row] > 0 && scores[row - (row % CANDIDATES)] > score ? 1 : 0),
      0,
    );
  }

  it('is computed by hand as TensorFlow.js computes it', () => {
    const { tasks, network } = lesson(WORLD);
    const trained = trainNetwork(WASM_ENGINE.library(), network, tasks, META);
    const byHand = networkScores(trained, tasks.features);
    const byEngine = tensorFlowScores(WASM_ENGINE.library(), trained, tasks);
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

  it('minds what was met last, where that was there to learn from', () => {
    const [forth, back, unknown] = inEveryOrder(scorerOf(WORLD));
    expect(forth).not.toEqual(back);
    expect(forth).not.toEqual(unknown);
    const [sameForth, sameBack, same] = inEveryOrder(scorerOf(WORLD, AT_ONCE));
    expect(sameForth).toEqual(same);
    expect(sameBack).toEqual(same);
  });

  const inEveryOrder = (scorer: ModelScorer) => {
    const present = WORLD.items.slice(0, 7);
    return [
      scorer.scores({ present, inOrderOfTime: true }),
      scorer.scores({ present: present.toReversed(), inOrderOfTime: true }),
      scorer.scores({ present }),
    ];
  };

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
    [{ learningRate: 2 }],
    [{ innerSteps: 0 }],
    [{ innerSteps: 5 }],
    [{ innerRate: 0 }],
    [{ innerRate: '0.1' }],
    [{ backend: 'cpu' }],
  ])('is refused with %p', (change) => {
    expect(codeOf(change)).toBe('CONFIG_VALUE_INVALID');
  });

  it('is refused with a field that nothing reads', () => {
    expect(codeOf({ tasksPerEpoch: 3 })).toBe('CONFIG_FIELD_UNKNOWN');
  });

  it('names the engine in the numeric profile and its binary among the kernels', () => {
    expect(GENESIS.numericProfile).toMatch(/ tfjs-wasm\/4\.22\.0\+bit-exact$/);
    expect(GENESIS.kernelDigest).not.toBe(smallGenesis().kernelDigest);
  });
});
