import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ModelConfig } from '#libs/contracts';
import { NO_ITEM } from '#libs/kernels';
import { jobOf, jobsOf, refusalOf, SMALL_CONFIG, smallGenesis, worlds, type World } from '#libs/testkit';
import { buildAggregator, ModelScorer, rebuildShard, type Person } from './index.js';

const withShards = (shards: number): ModelConfig => ({
  ...SMALL_CONFIG,
  partition: { kind: 'by-subject', shards },
});

function publish(world: World, config: ModelConfig): ModelScorer {
  const genesis = smallGenesis(config);
  const jobs = config.partition.shards === 1 ? [jobOf(world, 0, genesis)] : jobsOf(world, genesis);
  const results = jobs.map((job) => rebuildShard(job));
  const aggregator = buildAggregator({ genesis, items: world.items, shards: results });
  return new ModelScorer({
    seed: genesis.seed,
    config,
    items: world.items,
    shards: results.map(({ file }) => file),
    aggregator,
  });
}

/** The lists that `recommend` gives one by one. */
function oneByOne(
  scorer: ModelScorer,
  lists: readonly string[][],
  k: number,
  quarantinedShards?: Set<number>,
) {
  return lists.flatMap((present) => {
    const top = scorer.recommend({ present, exclude: new Set(present), k, quarantinedShards });
    const found = top.map(({ item }) => scorer.items.indexOf(item));
    return [...found, ...Array.from({ length: k - found.length }, () => NO_ITEM)];
  });
}

const personsOf = (scorer: ModelScorer, lists: readonly string[][]): Person[] =>
  lists.map((present) => ({
    present: Uint32Array.from(present, (item) => scorer.items.indexOf(item)).sort(),
  }));

describe('ranking for many people at once', () => {
  it.each([
    ['one shard, by its factors', 1, undefined],
    ['two shards, by their mean', 2, undefined],
    ['two shards of which one is quarantined', 2, new Set([0])],
  ])('lists what recommending one by one does: %s', (_, shards, quarantined) => {
    const config = withShards(shards);
    fc.assert(
      fc.property(worlds, fc.integer({ min: 1, max: 9 }), (world, k) => {
        const scorer = publish(world, config);
        const lists = [...world.people.map(({ items }) => [...items]), []];
        const ranked = scorer.rankEach(personsOf(scorer, lists), k, quarantined);
        expect([...ranked]).toEqual(oneByOne(scorer, lists, k, quarantined));
      }),
      { numRuns: 40 },
    );
  });

  it('passes over nobody among more people than are scored at a time', () => {
    const world: World = {
      items: ['a', 'b', 'c', 'd'],
      people: Array.from({ length: 150 }, (_, at) => ({
        subject: `person-${at}`,
        items: at % 3 === 0 ? ['a', 'b'] : ['b', 'c', 'd'],
      })),
    };
    const scorer = publish(world, withShards(2));
    const lists = world.people.map(({ items }) => items.slice(0, 1));
    expect([...scorer.rankEach(personsOf(scorer, lists), 3)]).toEqual(oneByOne(scorer, lists, 3));
  });

  it('refuses lists without length', () => {
    const scorer = publish({ items: ['a', 'b'], people: [{ subject: 'x', items: ['a'] }] }, withShards(1));
    expect(refusalOf(() => scorer.rankEach([{ present: Uint32Array.of(0) }], 0))).toBe('K_OUT_OF_RANGE');
  });
});
