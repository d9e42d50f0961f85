import { describe, expect, it } from '@jest/globals';
import type { ModelEvent, RebuildEvent } from '#libs/contracts';
import { evolveModelLine, servingVersion, type ModelLineState } from './model-line.js';
import { evolveRebuild, requireRebuilt, shardsToRebuild, type RebuildState } from './rebuild.js';

const rebuildId = 'main-v2';
const planned: RebuildEvent = {
  type: 'RebuildPlanned',
  data: {
    rebuildId,
    line: 'main',
    reason: 'unlearning',
    requests: ['r1'],
    shards: [2, 5],
    parentVersion: 1,
    version: 2,
    position: '90',
    cataloguePosition: '40',
  },
};
const shard = (n: number): RebuildEvent => ({
  type: 'ShardRebuilt',
  data: { rebuildId, shard: n, datasetRoot: 'aa', count: 3, digest: 'bb', position: '91' },
});
const aggregator: RebuildEvent = {
  type: 'AggregatorRebuilt',
  data: { rebuildId, digest: 'cc', rebuiltAt: '2026-02-01T00:00:00.000Z' },
};
const fold = (events: readonly RebuildEvent[]): RebuildState =>
  events.reduce<RebuildState | undefined>((state, event) => evolveRebuild(state, event), undefined)!;

describe('a rebuild', () => {
  it('knows which shards are left after an interruption', () => {
    expect(shardsToRebuild(fold([planned, shard(5)]))).toEqual([2]);
  });

  it('is complete with all planned shards and the aggregator', () => {
    expect(requireRebuilt(fold([planned, shard(2), shard(5), aggregator])).aggregator).toEqual({
      digest: 'cc',
    });
  });

  it('knows what the aggregator was trained on, where it reads records; older events say nothing of it', () => {
    const records = { count: 12, position: '93' };
    const withRecords: RebuildEvent = { ...aggregator, data: { ...aggregator.data, records } };
    expect(requireRebuilt(fold([planned, shard(2), shard(5), withRecords])).aggregator).toEqual({
      digest: 'cc',
      records,
    });
    // As version 0.1 wrote it.
    const old = JSON.parse(
      '{"type":"AggregatorRebuilt","data":{"rebuildId":"main-v2","digest":"cc","rebuiltAt":"2026-02-01T00:00:00.000Z"}}',
    ) as RebuildEvent;
    expect(requireRebuilt(fold([planned, shard(2), shard(5), old])).aggregator).toEqual({ digest: 'cc' });
  });

  it.each([
    ['a shard', [planned, shard(2), aggregator]],
    ['the aggregator', [planned, shard(2), shard(5)]],
  ])('cannot be published without %s', (_, events) => {
    expect(() => requireRebuilt(fold(events))).toThrow(
      expect.objectContaining({ code: 'REBUILD_INCOMPLETE' }),
    );
  });
});

describe('a model line', () => {
  const published = (version: number): ModelEvent => ({
    type: 'ModelPublished',
    data: {
      line: 'main',
      version,
      manifestDigest: `m${version}`,
      rebuildId: `main-v${version}`,
      reason: 'training',
      ledgerIndex: version,
      publishedAt: '2026-02-01T00:00:00.000Z',
    },
  });
  const revoked = (version: number): ModelEvent => ({
    type: 'ModelRevoked',
    data: {
      line: 'main',
      version,
      manifestDigest: `m${version}`,
      reason: 'unlearning',
      ledgerIndex: 9,
      revokedAt: '2026-02-02T00:00:00.000Z',
    },
  });
  const start = { genesis: { line: 'main' }, genesisDigest: 'g', versions: [] } as unknown as ModelLineState;
  const after = (events: readonly ModelEvent[]) =>
    events.reduce<ModelLineState | undefined>(evolveModelLine, start)!;

  it('serves the newest version that is not revoked', () => {
    expect(servingVersion(after([published(1), published(2), revoked(1)]))?.version).toBe(2);
    expect(servingVersion(after([published(1), revoked(1)]))).toBeUndefined();
  });

  it('serves nothing before the first training', () => {
    expect(servingVersion(start)).toBeUndefined();
  });

  it('takes a publication once', () => {
    expect(after([published(1), published(1)]).versions).toHaveLength(1);
  });
});
