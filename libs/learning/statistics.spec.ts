import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { packRecords, type Genesis, type GramScope, type ModelConfig } from '#libs/contracts';
import { openPartition } from '#libs/sharding';
import {
  jobOf,
  refusalOf,
  smallGenesis,
  withoutPerson,
  withoutRecord,
  worldRecords,
  worlds,
  type World,
} from '#libs/testkit';
import {
  buildAggregator,
  catalogueDigest,
  ModelScorer,
  readTensors,
  rebuildShard,
  sumShards,
  validateModelConfig,
  withdrawFromGram,
  writeTensors,
  type ModelFiles,
  type ShardResult,
  type SummedShards,
} from './index.js';

const PARTITION_KEY = new Uint8Array(32).fill(9);
const ALL: GramScope = { kind: 'all' };

function configOf(shards: number, scope: GramScope = ALL): ModelConfig {
  return {
    purpose: 'recommendations',
    partition: { kind: 'by-subject', shards },
    subModel: { kind: 'gram', scope },
    aggregator: { kind: 'ease', regularization: 2, decay: 0.5, block: 8 },
  };
}

const categoriesOf = (items: readonly string[]): string[][] =>
  items.map((_, at) => (at % 4 === 3 ? [] : at % 2 === 0 ? ['drama'] : ['comedy', 'drama']));

interface Line {
  readonly genesis: Genesis;
  readonly world: World;
  readonly shards: readonly ShardResult[];
  readonly aggregator: Uint8Array;
}

const shardOf = (subject: string, shards: number): number =>
  openPartition({ kind: 'by-subject', shards }, PARTITION_KEY).shardOf({
    subject,
    label: new Uint8Array(32),
  });

function lineOf(world: World, shards: number, scope: GramScope = ALL): Line {
  const genesis = smallGenesis(configOf(shards, scope));
  const categories = categoriesOf(world.items);
  const results = Array.from({ length: shards }, (_, shard) => {
    const people = world.people.filter(({ subject }) => shardOf(subject, shards) === shard);
    return rebuildShard({ ...jobOf({ ...world, people }, shard, genesis), categories });
  });
  const aggregator = buildAggregator({ genesis, items: world.items, categories, shards: results });
  return { genesis, world, shards: results, aggregator };
}

function filesOf({ genesis, world, shards, aggregator }: Line): ModelFiles {
  return {
    seed: genesis.seed,
    config: genesis.config,
    items: world.items,
    categories: categoriesOf(world.items),
    shards: shards.map(({ file }) => file),
    aggregator,
  };
}
const scorerOf = (line: Line): ModelScorer => new ModelScorer(filesOf(line));

const scopes = fc.constantFrom<GramScope>(
  ALL,
  { kind: 'by-category' },
  { kind: 'listed', items: ['item-1', 'item-4', 'item-6', 'gone'] },
);
const victims = worlds.chain((world) =>
  fc
    .constantFrom(...world.people)
    .chain(({ subject, items }) => fc.constantFrom(...items).map((item) => ({ world, subject, item }))),
);

describe('statistics', () => {
  it('lose nothing by sharding: any number of shards has the aggregator of one', () => {
    fc.assert(
      fc.property(worlds, scopes, (world, scope) => {
        const [one, ...others] = [1, 2, 8, 64].map((shards) => lineOf(world, shards, scope).aggregator);
        for (const other of others) expect(other).toEqual(one);
      }),
      { numRuns: 20 },
    );
  });

  it('forget by subtraction: the shard and the aggregator have the bytes of never having seen the person or the record', () => {
    fc.assert(
      fc.property(victims, scopes, fc.boolean(), ({ world, subject, item }, scope, wholePerson) => {
        const published = lineOf(world, 2, scope);
        const rest = wholePerson ? withoutPerson(world, subject) : withoutRecord(world, subject, item);
        const { items } = world.people.find((person) => person.subject === subject)!;
        const kept = wholePerson ? [] : items.filter((one) => one !== item);
        const affected = shardOf(subject, 2);
        const shards = published.shards.map(({ file, ...shard }) => ({
          ...shard,
          file:
            shard.shard !== affected
              ? file
              : withdrawFromGram({
                  config: { kind: 'gram', scope },
                  items: world.items,
                  categories: categoriesOf(world.items),
                  file,
                  people: [
                    {
                      before: packRecords(worldRecords(subject, items)),
                      after: packRecords(worldRecords(subject, kept)),
                    },
                  ],
                }),
        }));
        const { genesis } = published;
        const categories = categoriesOf(world.items);
        const aggregator = buildAggregator({ genesis, items: world.items, categories, shards });
        const fresh = lineOf(rest, 2, scope);
        expect(shards.map(({ file }) => file)).toEqual(fresh.shards.map(({ file }) => file));
        expect(aggregator).toEqual(fresh.aggregator);
      }),
      { numRuns: 40 },
    );
  });

  it('can be added up before the last shard is there, and from the sum of an aggregator before', () => {
    fc.assert(
      fc.property(victims, scopes, ({ world, subject }, scope) => {
        const [before, after] = [world, withoutPerson(world, subject)].map((one) => lineOf(one, 3, scope));
        const job = { genesis: after.genesis, items: world.items, categories: categoriesOf(world.items) };
        const changed = shardOf(subject, 3);
        const stay = after.shards.filter(({ shard }) => shard !== changed);
        const rest = after.shards.map(({ file, ...shard }) =>
          shard.shard === changed ? { ...shard, file } : shard,
        );
        const build = (summed: SummedShards): Uint8Array => buildAggregator({ ...job, shards: rest, summed });
        expect(build(sumShards({ ...job, shards: stay }))).toEqual(after.aggregator);
        let all: SummedShards | undefined;
        buildAggregator({ ...job, shards: before.shards, onSummed: (summed) => (all = summed) });
        const less = sumShards({ ...job, shards: [], summed: all }, [before.shards[changed]]);
        expect(less.shards).toEqual(stay.map(({ shard }) => shard));
        expect(build(less)).toEqual(after.aggregator);
      }),
      { numRuns: 40 },
    );
  });

  const WORLD: World = {
    items: ['a', 'b', 'c', 'd'],
    people: [
      { subject: 'p', items: ['a', 'b'] },
      { subject: 'q', items: ['b', 'c'] },
      { subject: 'r', items: ['b', 'c'] },
    ],
  };
  const line = lineOf(WORLD, 1);

  it('are counts of people: of an item, of two items together', () => {
    const [{ name, data }] = readTensors(line.shards[0].file).tensors;
    // aa ab ac ad bb bc bd cc cd dd
    expect([name, [...data]]).toEqual(['pair_counts', [1, 1, 0, 0, 3, 2, 0, 2, 0, 0]]);
  });

  const tensorsOf = ({ aggregator }: Line): [string, number[]][] =>
    readTensors(aggregator).tensors.map(({ name, data }) => [name, [...data]]);

  it('weigh the items that somebody has met, and say which: the rest of the catalogue has no weights', () => {
    const [[, weights], met] = tensorsOf(line);
    expect([weights.length, met]).toEqual([9, ['met_items', [1, 1, 1, 0]]]);
    const everything = lineOf({ ...WORLD, people: [{ subject: 's', items: WORLD.items }] }, 1);
    expect(tensorsOf(everything).map(([name, { length }]) => [name, length])).toEqual([['item_weights', 16]]);
    // without category: d; comedy: b; drama: a c
    const byCategory = tensorsOf(lineOf(WORLD, 1, { kind: 'by-category' }));
    expect(byCategory).toMatchObject([
      ['item_weights', { length: 5 }],
      ['met_items', [0, 1, 1, 1]],
    ]);
  });

  it('forget that an item was met when the last who met it leaves', () => {
    const people = [...WORLD.people, { subject: 's', items: ['a', 'd'] }];
    const [before, after] = [people, WORLD.people].map((some) => lineOf({ ...WORLD, people: some }, 2));
    expect(tensorsOf(before).map(([name]) => name)).toEqual(['item_weights']);
    const shards = before.shards.map((shard) => {
      if (shard.shard !== shardOf('s', 2)) return shard;
      const file = withdrawFromGram({
        config: { kind: 'gram', scope: ALL },
        items: WORLD.items,
        categories: categoriesOf(WORLD.items),
        file: shard.file.slice(),
        people: [{ before: packRecords(worldRecords('s', ['a', 'd'])), after: new Uint8Array() }],
      });
      return { ...shard, file };
    });
    const { genesis } = before;
    const categories = categoriesOf(WORLD.items);
    const aggregator = buildAggregator({ genesis, items: WORLD.items, categories, shards });
    expect(aggregator).toEqual(after.aggregator);
    const unlearned = scorerOf({ ...before, shards, aggregator });
    expect(unlearned.scores({ present: ['d'] })).toBeUndefined();
    expect(unlearned.scores({ present: ['a', 'd'] })).toEqual(unlearned.scores({ present: ['a'] }));
  });

  it('count pairs within a category only, where the configuration says so', () => {
    const people = [...WORLD.people, { subject: 's', items: ['a', 'c'] }];
    const byCategory = lineOf({ ...WORLD, people }, 1, { kind: 'by-category' });
    // without category: dd; comedy: bb; drama: aa ac cc
    expect([...readTensors(byCategory.shards[0].file).tensors[0].data]).toEqual([0, 3, 2, 1, 3]);
    const scorer = scorerOf(byCategory);
    expect([...scorer.scores({ present: ['b'] })!]).toEqual([0, 0, 0, 0]);
    expect(scorer.recommend({ present: ['c'], exclude: new Set(['c']), k: 1 })).toMatchObject([
      { item: 'a' },
    ]);
  });

  it('count pairs of the listed items only, where the configuration says so', () => {
    const listed = lineOf(WORLD, 1, { kind: 'listed', items: ['c', 'b', 'elsewhere'] });
    expect([...readTensors(listed.shards[0].file).tensors[0].data]).toEqual([3, 2, 2]);
    expect(scorerOf(listed).scores({ present: ['a'] })).toBeUndefined();
  });

  it('score by the weights of the items that are present', () => {
    const scores = scorerOf(line).scores({ present: ['a', 'b'] })!;
    // G + 2I = [[3,1,0],[1,5,2],[0,2,4]] on a, b, c: P = adj/44, adj = [[16,−4,2],[−4,12,−6],[2,−6,14]]
    const expected = [4 / 16, 4 / 12, (-2 + 6) / 14, 0];
    scores.forEach((score, at) => expect(Math.abs(score - expected[at])).toBeLessThan(2 ** -21));
  });

  it('let a record count less the longer ago it is, where the order is known', () => {
    const scores = scorerOf(line).scores({ present: ['b', 'a'], inOrderOfTime: true })!;
    // b was met before a, so its weights count half.
    const expected = [4 / 16 / 2, 4 / 12, -2 / 14 + 6 / 14 / 2, 0];
    scores.forEach((score, at) => expect(Math.abs(score - expected[at])).toBeLessThan(2 ** -21));
  });

  it('are asked shard by shard while one is quarantined: by the cosine of people', () => {
    const scorer = scorerOf(lineOf(WORLD, 2));
    const shards = WORLD.people.map(({ subject }) => shardOf(subject, 2));
    const quarantined = new Set([1 - shards[1]]);
    const asked = WORLD.people.filter((_, at) => shards[at] === shards[1]);
    const has = (item: string): number => asked.filter(({ items }) => items.includes(item)).length;
    const both = asked.filter(({ items }) => items.includes('b') && items.includes('c')).length;
    const scores = scorer.scores({ present: ['b'], quarantinedShards: quarantined })!;
    expect(scores[2]).toBeCloseTo(both / Math.sqrt(has('b') * has('c')), 6);
    expect(scores[3]).toBe(0);
  });

  it('serve from the aggregator alone, but while a shard is quarantined', () => {
    const published = lineOf(WORLD, 2);
    const alone = new ModelScorer({ ...filesOf(published), shards: undefined });
    const question = { present: ['a', 'b'] };
    expect(alone.scores(question)).toEqual(scorerOf(published).scores(question));
    const quarantined = { ...question, quarantinedShards: new Set([0]) };
    expect(refusalOf(() => alone.scores(quarantined))).toBe('SHARDS_INCOMPLETE');
  });

  it('say nothing where nobody has met anything', () => {
    const nobody = lineOf({ ...WORLD, people: [] }, 2);
    expect(scorerOf(nobody).recommend({ present: ['a'], exclude: new Set(), k: 3 })).toEqual([]);
    const quarantinedShards = new Set([0]);
    expect(scorerOf(nobody).scores({ present: ['a'], quarantinedShards })).toBeUndefined();
  });
});

describe('statistics refuse', () => {
  const codeOf = (change: object): string =>
    refusalOf(() => validateModelConfig({ ...configOf(2), ...change }));
  const { subModel, aggregator } = configOf(2);

  it('nothing about a configuration that is in order', () => {
    expect(validateModelConfig(configOf(2))).toEqual(configOf(2));
  });

  it.each<[string, object, string]>([
    ['slices', { slices: 3 }, 'CONFIG_COMBINATION_INVALID'],
    [
      'records of one person in several shards',
      { partition: { kind: 'by-record', shards: 2 } },
      'CONFIG_COMBINATION_INVALID',
    ],
    [
      'a scope that there is not',
      { subModel: { kind: 'gram', scope: { kind: 'popular' } } },
      'CONFIG_VALUE_INVALID',
    ],
    ['no scope', { subModel: { kind: 'gram' } }, 'CONFIG_VALUE_INVALID'],
    [
      'an empty list',
      { subModel: { kind: 'gram', scope: { kind: 'listed', items: [] } } },
      'CONFIG_VALUE_INVALID',
    ],
    [
      'a list with an item twice',
      { subModel: { kind: 'gram', scope: { kind: 'listed', items: ['a', 'a'] } } },
      'CONFIG_VALUE_INVALID',
    ],
    [
      'a list beside another scope',
      { subModel: { kind: 'gram', scope: { kind: 'all', items: ['a'] } } },
      'CONFIG_FIELD_UNKNOWN',
    ],
    ['a field of another sub-model', { subModel: { ...subModel, dimensions: 8 } }, 'CONFIG_FIELD_UNKNOWN'],
    ['another field', { aggregator: { ...aggregator, lambda: 1 } }, 'CONFIG_FIELD_UNKNOWN'],
    ['no regularization', { aggregator: { ...aggregator, regularization: 0 } }, 'CONFIG_NUMBER_NOT_POSITIVE'],
    ['a decay that grows', { aggregator: { ...aggregator, decay: 1.1 } }, 'CONFIG_VALUE_INVALID'],
    ['a block that the kernel has not', { aggregator: { ...aggregator, block: 12 } }, 'CONFIG_VALUE_INVALID'],
  ])('%s', (_, change, code) => {
    expect(codeOf(change)).toBe(code);
  });

  it('to be solved over another sub-model', () => {
    const ials = {
      kind: 'ials',
      dimensions: 4,
      unobservedWeight: 1,
      regularization: 1,
      sweeps: 1,
      initScale: 1,
    };
    expect(codeOf({ subModel: ials })).toBe('CONFIG_COMBINATION_INVALID');
  });

  it('a catalogue whose weights do not fit, before anything is counted', () => {
    const items = Array.from({ length: 16_385 }, (_, at) => `item-${at}`);
    const genesis = smallGenesis(configOf(1));
    expect(refusalOf(() => rebuildShard({ ...jobOf({ items, people: [] }, 0, genesis) }))).toBe(
      'DATASET_TOO_LARGE',
    );
  });

  it('floats in the place of counts', () => {
    const { genesis, world, shards } = lineOf({ items: ['a'], people: [] }, 1);
    const metadata = { kind: 'gram', catalogue: catalogueDigest({ items: world.items, features: [] }) };
    const floats = { name: 'pair_counts', shape: [1], data: new Float32Array(1) };
    const forged = { ...shards[0], file: writeTensors({ metadata, tensors: [floats] }) };
    const build = (shard: ShardResult): string =>
      refusalOf(() => buildAggregator({ genesis, items: world.items, shards: [shard] }));
    expect(build(forged)).toBe('MODEL_TENSOR_DTYPE_MISMATCH');
    expect(build(shards[0])).toBe('nothing was refused');
  });

  it('more people of an item in one shard than it counts', () => {
    const people = Array.from({ length: 65_536 }, (_, at) => ({ subject: `person-${at}`, items: ['a'] }));
    const [item] = worldRecords('anybody', ['a']);
    const label = (at: number): Uint8Array => new Uint8Array(new Uint32Array(8).fill(at).buffer);
    const subjects = people.map(({ subject }, at) => ({
      subject,
      records: packRecords([{ ...item, label: label(at) }]),
    }));
    const genesis = smallGenesis(configOf(1));
    expect(refusalOf(() => rebuildShard({ genesis, shard: 0, items: ['a'], subjects }))).toBe(
      'DATASET_TOO_LARGE',
    );
  });

  it('to subtract what was never counted', () => {
    const world: World = { items: ['a', 'b'], people: [{ subject: 'p', items: ['a'] }] };
    const [{ file }] = lineOf(world, 1).shards;
    const withdraw = (before: string[], after: string[]): string =>
      refusalOf(() =>
        withdrawFromGram({
          config: { kind: 'gram', scope: ALL },
          items: world.items,
          file: file.slice(),
          people: [
            { before: packRecords(worldRecords('p', before)), after: packRecords(worldRecords('p', after)) },
          ],
        }),
      );
    expect(withdraw(['a', 'b'], [])).toBe('WITHDRAWN_NOT_COUNTED');
    expect(withdraw(['a'], ['a', 'b'])).toBe('WITHDRAWN_NOT_COUNTED');
    expect(withdraw(['a'], [])).toBe('nothing was refused');
  });
});
