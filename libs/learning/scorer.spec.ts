import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { jobsOf, refusalOf, SMALL_CONFIG, smallGenesis, type World } from '#libs/testkit';
import { buildAggregator, ModelScorer, rebuildShard, writeTensors, type ModelFiles } from './index.js';
import { topK } from './top-k.js';

const WORLD: World = {
  items: ['item-0', 'item-1', 'item-2', 'item-3', 'item-4'],
  people: Array.from({ length: 12 }, (_, at) => ({
    subject: `person-${at}`,
    // Two tastes that never meet: items 0 … 2 and items 3 and 4.
    items: at % 2 === 0 ? ['item-0', 'item-1', 'item-2'] : ['item-3', 'item-4'],
  })),
};

function publish(world: World) {
  const results = jobsOf(world).map((job) => rebuildShard(job));
  return {
    seed: smallGenesis().seed,
    config: SMALL_CONFIG,
    items: world.items,
    shards: results.map(({ file }) => file),
    aggregator: buildAggregator({ genesis: smallGenesis(), items: world.items, shards: results }),
  } satisfies ModelFiles;
}

const FILES = publish(WORLD);
const none: ReadonlySet<string> = new Set();

describe('recommendations', () => {
  const scorer = new ModelScorer(FILES);

  it('put first what people with the same items have', () => {
    const [first, second] = scorer.recommend({
      present: ['item-0', 'item-1'],
      exclude: new Set(['item-0', 'item-1']),
      k: 2,
    });
    expect(first.item).toBe('item-2');
    expect(first.score).toBeGreaterThan(4 * second.score);
  });

  it('never contain what is excluded, and end where the catalogue ends', () => {
    const exclude = new Set(['item-0', 'item-3']);
    const items = scorer.recommend({ present: ['item-0'], exclude, k: 10 }).map(({ item }) => item);
    expect(items.toSorted()).toEqual(['item-1', 'item-2', 'item-4']);
  });

  it('are the same whenever and in whichever order they are asked', () => {
    const present = ['item-3', 'item-0', 'unknown item'];
    const first = scorer.recommend({ present, exclude: none, k: 5 });
    scorer.recommend({ present: ['item-4'], exclude: none, k: 5 });
    expect(scorer.recommend({ present: present.toReversed(), exclude: none, k: 5 })).toEqual(first);
    expect(
      new ModelScorer({ ...FILES, items: WORLD.items.toReversed() }).recommend({
        present,
        exclude: none,
        k: 5,
      }),
    ).toEqual(first);
  });

  it('come from the other shards while one is quarantined', () => {
    const query = { present: ['item-0'], exclude: none, k: 5 };
    const without = (shard: number) => scorer.recommend({ ...query, quarantinedShards: new Set([shard]) });
    const world = (shard: number): World => ({
      ...WORLD,
      people: WORLD.people.filter((_, at) =>
        jobsOf(WORLD)[shard].subjects.some(({ subject }) => subject === `person-${at}`),
      ),
    });
    // A version in which only shard 0 has records answers as one in which shard 1 may not be asked.
    expect(without(1)).toEqual(new ModelScorer(publish(world(0))).recommend(query));
    expect(without(1)).not.toEqual(scorer.recommend(query));
  });

  it('are none when no shard may be asked, or nothing is known of the person', () => {
    const quarantinedShards = new Set([0, 1]);
    expect(scorer.recommend({ present: ['item-0'], exclude: none, k: 5, quarantinedShards })).toEqual([]);
    expect(scorer.recommend({ present: [], exclude: none, k: 5 })).toEqual([]);
    expect(
      new ModelScorer(publish({ ...WORLD, people: [] })).recommend({
        present: ['item-0'],
        exclude: none,
        k: 5,
      }),
    ).toEqual([]);
  });

  it('need a k of at least one', () => {
    for (const k of [0, -1, 2.5])
      expect(refusalOf(() => scorer.recommend({ present: ['item-0'], exclude: none, k }))).toBe(
        'TOP_K_OUT_OF_RANGE',
      );
  });
});

describe('opening a version refuses', () => {
  const open = (change: Partial<ModelFiles>): string =>
    refusalOf(() => new ModelScorer({ ...FILES, ...change }));
  const [one, two] = FILES.shards;
  const tensors = (metadata: Record<string, string>, name: string, shape: number[]) =>
    writeTensors({
      metadata,
      tensors: [{ name, shape, data: new Float32Array(shape.reduce((a, b) => a * b)) }],
    });

  it.each<[string, Partial<ModelFiles>, string]>([
    ['fewer shards than the line has', { shards: [one] }, 'SHARDS_INCOMPLETE'],
    ['no shards where they are asked', { shards: undefined }, 'SHARDS_INCOMPLETE'],
    [
      'a catalogue with another item',
      { items: [...WORLD.items.slice(1), 'item-9'] },
      'MODEL_CATALOGUE_MISMATCH',
    ],
    ['an aggregator in place of a shard', { shards: [one, FILES.aggregator] }, 'MODEL_KIND_MISMATCH'],
    ['a shard in place of the aggregator', { aggregator: two }, 'MODEL_KIND_MISMATCH'],
    ['a file that is cut off', { shards: [one, two.subarray(0, 50)] }, 'SAFETENSORS_TRUNCATED'],
    [
      'an aggregator without its tensor',
      { aggregator: tensors({ kind: 'mean' }, 'weights', [2]) },
      'MODEL_TENSOR_MISSING',
    ],
    [
      'an aggregator for another number of shards',
      { aggregator: tensors({ kind: 'mean' }, 'shard_weights', [3]) },
      'MODEL_TENSOR_SHAPE_MISMATCH',
    ],
  ])('%s', (_, change, code) => {
    expect(open(change)).toBe(code);
  });
});

describe('the aggregator', () => {
  const codeOf = (shards: readonly number[]): string =>
    refusalOf(() =>
      buildAggregator({
        genesis: smallGenesis(),
        items: [],
        shards: shards.map((shard) => ({ shard, count: 1 })),
      }),
    );

  it('is refused when a shard is missing or stands twice', () => {
    expect(codeOf([0, 1])).toBe('nothing was refused');
    expect(codeOf([0, 2])).toBe('SHARDS_INCOMPLETE');
    expect(codeOf([0, 0])).toBe('SHARDS_INCOMPLETE');
  });
});

describe('the top k', () => {
  it('is what sorting all scores gives, ties by index', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -3, max: 3 }), { maxLength: 60 }),
        fc.integer({ min: 1, max: 12 }),
        fc.func(fc.boolean()),
        (values, k, allowed) => {
          const scores = Float32Array.from(values);
          const sorted = [...scores.keys()]
            .filter((at) => allowed(at))
            .sort((a, b) => scores[b] - scores[a] || a - b);
          expect(topK(scores, k, allowed)).toEqual(sorted.slice(0, k));
        },
      ),
    );
  });
});
