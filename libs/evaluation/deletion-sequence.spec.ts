import { beforeAll, describe, expect, it } from '@jest/globals';
import { aggregatorReady, drawsOf } from '#libs/learning';
import { openPartition } from '#libs/sharding';
import { smallGenesis } from '#libs/testkit';
import {
  deletionSequence,
  namedRecords,
  nextVersion,
  sampleOf,
  smallConfigs,
  type MemoryLine,
  type NamedConfig,
  type SampledData,
  type SequenceOptions,
  type Step,
} from './index.js';

const KEY = new Uint8Array(32).fill(9);
const SHARDS = [1, 2, 3, 5, 8, 16];
const SEQUENCES_EACH = 2;
const draw = drawsOf('20261123'.repeat(8));

/** Thirty people and forty items of three categories; who met what is drawn. */
const DATA: SampledData = {
  items: Array.from({ length: 40 }, (_, at) => `item-${at}`),
  categories: Array.from({ length: 40 }, (_, at) => [`category-${at % 3}`]),
  people: new Map(
    Array.from({ length: 30 }, (_, person) => {
      const draws = draw('spec/people', String(person));
      const records = Array.from({ length: 2 + (person % 9) }, (__, at) => ({
        item: `item-${Math.floor(draws.uniform(at) ** 2 * 40)}`,
        type: 'view',
        time: at,
        value: 1,
      }));
      return [`person-${person}`, records];
    }),
  ),
};

function runSequence(
  { config, name }: NamedConfig,
  sequence: number,
  unlearn?: SequenceOptions['unlearn'],
): Step[] {
  const id = `${name} ${sequence}`;
  const { items, categories, people } = sampleOf(DATA, { people: 8, records: 6 }, draw('spec/sample', id));
  const line: MemoryLine = {
    genesis: smallGenesis(config),
    partition: openPartition(config.partition, KEY),
    items,
    categories,
  };
  const records = [...people].map(
    ([subject, own]) => [subject, namedRecords(subject, own, { purpose: config.purpose })] as const,
  );
  return deletionSequence(line, records, { steps: 3, draws: draw('spec/sequence', id), unlearn });
}

const mismatches = (steps: readonly Step[]): Step[] =>
  steps.filter(({ differences }) => differences.length > 0);
const everySequence = (unlearn: SequenceOptions['unlearn'], configs: readonly NamedConfig[]): Step[] =>
  configs.flatMap((config) => runSequence(config, 0, unlearn));

beforeAll(async () => {
  for (const { config } of smallConfigs(1)) await aggregatorReady(config);
});

describe('unlearning in a random sequence of deletions', () => {
  it.each(smallConfigs(1).map(({ name }, at) => ({ name, at })))(
    'leaves the bytes of a line trained afresh: $name',
    ({ name, at }) => {
      const steps = Array.from({ length: SEQUENCES_EACH }, (_, sequence) =>
        runSequence({ ...smallConfigs(SHARDS[(at + sequence) % SHARDS.length])[at], name }, sequence),
      ).flat();
      expect(steps.length).toBeGreaterThan(SEQUENCES_EACH);
      expect(mismatches(steps)).toEqual([]);
    },
  );

  it('takes every kind of change, and touches one shard or several', () => {
    const byRecord = smallConfigs(5).find(({ name }) => name === 'by-record/ials/mean')!;
    const steps = Array.from({ length: 30 }, (_, sequence) => runSequence(byRecord, sequence)).flat();
    expect(new Set(steps.map(({ change }) => change)).size).toBe(5);
    expect(new Set(steps.map(({ shards }) => shards)).size).toBeGreaterThan(2);
  });
});

describe('the comparison', () => {
  const plain = (shards: number) =>
    smallConfigs(shards).filter(({ name }) => /\/ials(×3)?\/mean$/.test(name));
  const seen = (unlearn: SequenceOptions['unlearn'], configs = plain(3)) =>
    mismatches(everySequence(unlearn, configs)).flatMap(({ differences }) => differences);

  it('notices that a touched shard was kept', () => {
    const keepsShards: SequenceOptions['unlearn'] = (line, records, previous) =>
      nextVersion(line, records, previous, new Set());
    expect(seen(keepsShards)).toContain('shard-00.safetensors');
  });

  it('notices that the aggregator was kept', () => {
    const keepsAggregator: SequenceOptions['unlearn'] = (line, records, previous, touched) => ({
      ...nextVersion(line, records, previous, touched),
      aggregator: previous.aggregator,
    });
    // With many shards some of them are emptied, which the mean has to follow.
    expect(new Set(seen(keepsAggregator, plain(8)))).toEqual(new Set(['aggregator.safetensors']));
  });

  it('notices that a checkpoint which saw a deleted record was kept', () => {
    const keepsCheckpoints: SequenceOptions['unlearn'] = (line, records, previous, touched) => {
      const next = nextVersion(line, records, previous, touched);
      const shards = next.shards.map((shard, at) => ({
        ...shard,
        checkpoints: previous.shards[at].checkpoints,
      }));
      return { ...next, shards };
    };
    expect(new Set(seen(keepsCheckpoints).map((name) => name.replace(/\d+/, '')))).toEqual(
      new Set(['shard-.safetensors: checkpoints']),
    );
  });
});
