import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { RebuildEvent } from '#libs/contracts';
import type { LiveRebuild, ModelLineState } from '#libs/erasure';
import { strategyConfig, type TrainedShard } from '#libs/learning';
import type { Partition } from '#libs/sharding';
import type { Trainer } from './ports.js';
import { VersionBuild } from './version-build.js';

const CONFIG = strategyConfig('statistics', { shards: 2 });
const MAP = { datasetRoot: '0'.repeat(64), count: 0 };
const trained = (shard: number): TrainedShard => ({
  ...MAP,
  shard,
  digest: String(shard).repeat(64),
  roundDigests: [],
  checkpoints: [],
  work: { all: 0, saved: 0 },
});

/** A rebuild of some shards by a trainer, and what was recorded of it. */
function buildOf(shards: readonly number[], trainer: Trainer) {
  const plan = { rebuildId: 'r', line: 'main', reason: 'training', requests: [], version: 1 };
  const state = { status: 'planned', plan: { ...plan, shards }, shards: new Map() } as unknown as LiveRebuild;
  const recorded: RebuildEvent['type'][] = [];
  const parts = {
    trainer,
    now: () => '2026-01-01T00:00:00Z',
    maps: { bring: () => MAP },
    snapshots: { take: async () => ({ position: 1n, shards: new Map(), quarantined: new Map() }) },
  };
  const of = {
    line: { genesis: { config: CONFIG } } as unknown as ModelLineState,
    partition: { kind: 'by-subject', shards: 2 } as Partition,
    plan: state.plan,
    catalogue: { items: ['a'], categories: [[]], features: [], root: '' },
    parent: undefined,
    ticket: { rebuildId: 'r', line: 'main', version: 1 },
  };
  const record = async (event: RebuildEvent): Promise<void> => {
    recorded.push(event.type);
    if (event.type === 'ShardRebuilt') shardsOf(state).set(event.data.shard, event.data);
  };
  return { build: new VersionBuild(parts, of, record, () => {}), state, recorded };
}
const shardsOf = ({ shards }: LiveRebuild) => shards as Map<number, unknown>;

describe('a version in the making', () => {
  it('has its aggregator computed while the only shard is stored, and recorded after it', async () => {
    const order: string[] = [];
    const { build, state, recorded } = buildOf([0], {
      train: async (_work, _ticket, { map, made }) => {
        map();
        made?.(trained(0));
        for (let turn = 0; turn < 10; turn++) await setImmediate();
        order.push('stored');
        return trained(0);
      },
      aggregate: async ({ shards }) => {
        order.push(`computed from ${shards.map(({ digest }) => digest?.[0]).join()}`);
        return 'f'.repeat(64);
      },
    });
    shardsOf(state).set(1, trained(1));
    await build.shards(state);
    expect(recorded).toEqual(['ShardRebuilt']);
    await build.aggregator(state);
    expect(order).toEqual(['computed from 0,1', 'stored']);
    expect(recorded).toEqual(['ShardRebuilt', 'AggregatorRebuilt']);
  });

  it('begins no aggregator before several shards are stored', async () => {
    const early: unknown[] = [];
    const { build, state } = buildOf([0, 1], {
      train: async ({ shard }, _ticket, { map, made }) => {
        map();
        early.push(made);
        return trained(shard);
      },
      aggregate: async () => 'f'.repeat(64),
    });
    await build.shards(state);
    expect(early).toEqual([undefined, undefined]);
  });

  it('records nothing of a shard that could not be stored, nor of the aggregator, and ends when both have ended', async () => {
    let isComputing = true;
    const { build, state, recorded } = buildOf([0], {
      train: async (_work, _ticket, { map, made }) => {
        map();
        made?.(trained(0));
        throw new Error('the disk is full');
      },
      aggregate: async () => {
        for (let turn = 0; turn < 10; turn++) await setImmediate();
        isComputing = false;
        throw new Error('the disk is still full');
      },
    });
    shardsOf(state).set(1, trained(1));
    await expect(build.shards(state)).rejects.toThrow('the disk is full');
    expect([isComputing, recorded]).toEqual([false, []]);
  });
});
