import { beforeAll, describe, expect, it } from '@jest/globals';
import type { InteractionRecord, StoredRecord } from '#libs/contracts';
import { aggregatorReady, ModelScorer } from '#libs/learning';
import { openPartition } from '#libs/sharding';
import { refusalOf, smallGenesis } from '#libs/testkit';
import {
  differencesOf,
  divideRecords,
  namedRecords,
  nextVersion,
  smallConfigs,
  trainVersion,
  withoutRecords,
  type LineVersion,
  type MemoryLine,
  type NamedConfig,
  type ShardedRecords,
} from './index.js';

const ITEMS = ['a', 'b', 'c', 'd', 'e', 'f'];
const CATEGORIES = ITEMS.map((_, at) => [`category-${at % 2}`]);
const KEY = new Uint8Array(32).fill(9);

type People = readonly (readonly [string, readonly StoredRecord[]])[];

function lineOf({ config }: NamedConfig, catalogue: Partial<MemoryLine> = {}): MemoryLine {
  const partition = openPartition(config.partition, KEY);
  return { genesis: smallGenesis(config), partition, items: ITEMS, categories: CATEGORIES, ...catalogue };
}
function person(subject: string, items: readonly string[], change: Partial<InteractionRecord> = {}) {
  const records = items.map((item, time) => ({ item, type: 'view', time, value: 1, ...change }));
  return [subject, namedRecords(subject, records, { purpose: 'recommendations' })] as const;
}
const PEOPLE: People = [
  person('p', ['a', 'b', 'c']),
  person('q', ['b', 'c', 'd']),
  person('r', ['a', 'd']),
  person('s', ['c', 'f', 'a', 'b']),
];
const divided = (line: MemoryLine, people: People): ShardedRecords => divideRecords(people, line.partition);
const trained = (line: MemoryLine, people: People): LineVersion => trainVersion(line, divided(line, people));

/** Score of every item for somebody with two records. */
function scoresOf(line: MemoryLine, { shards, aggregator }: LineVersion): Float32Array | undefined {
  const { seed, config } = line.genesis;
  const { items, categories } = line;
  const files = { seed, config, items, categories, aggregator, shards: shards.map(({ file }) => file) };
  return new ModelScorer(files).scores({ subject: 'p', present: ['a', 'b'] });
}
const areNumbers = (scores: Float32Array | undefined): boolean => scores?.every(Number.isFinite) ?? true;

beforeAll(async () => {
  for (const { config } of smallConfigs(1)) await aggregatorReady(config);
});

describe.each(smallConfigs(4))('$name', (named) => {
  const line = lineOf(named);

  it('learns from people with one record each, and gives numbers', () => {
    const single = PEOPLE.map(([subject], at) => person(subject, [ITEMS[at]]));
    expect(areNumbers(scoresOf(line, trained(line, single)))).toBe(true);
  });

  it('goes on when a shard becomes empty, and when all do: an empty one says nothing', () => {
    let records = divided(line, PEOPLE);
    let version = trainVersion(line, records);
    PEOPLE.forEach(([subject], gone) => {
      const change = withoutRecords(records, { subject }, line.partition);
      records = change.records;
      version = nextVersion(line, records, version, change.touched);
      expect(differencesOf(version, trained(line, PEOPLE.slice(gone + 1)))).toEqual([]);
      expect(areNumbers(scoresOf(line, version))).toBe(true);
    });
    expect(version.shards.map(({ count }) => count)).toEqual([0, 0, 0, 0]);
  });

  it('refuses a record whose value or time is not a number, before anything is trained', () => {
    for (const change of [{ value: Number.NaN }, { value: Infinity }, { time: Number.NaN }])
      expect(refusalOf(() => trained(line, [...PEOPLE, person('x', ['a'], change)]))).toBe(
        'DATASET_NUMBER_NOT_FINITE',
      );
  });

  it('trains on an empty catalogue nothing, and says nothing', () => {
    const empty = lineOf(named, { items: [], categories: [] });
    const version = trained(empty, PEOPLE);
    expect(scoresOf(empty, version)).toBeUndefined();
    expect(version.shards.reduce((sum, { count }) => sum + count, 0)).toBe(12);
  });

  it('has the same datasets when an item gets a category, which is the catalogue’s doing', () => {
    const later = lineOf(named, { categories: CATEGORIES.map((own) => [...own, 'new']) });
    const [before, after] = [line, later].map((one) => trained(one, PEOPLE));
    expect(after.shards.map(({ datasetRoot }) => datasetRoot)).toEqual(
      before.shards.map(({ datasetRoot }) => datasetRoot),
    );
    // And forgets as before, under the new catalogue.
    const { records, touched } = withoutRecords(divided(later, PEOPLE), { subject: 'p' }, later.partition);
    const afresh = trained(later, PEOPLE.slice(1));
    expect(differencesOf(nextVersion(later, records, after, touched), afresh)).toEqual([]);
  });
});
