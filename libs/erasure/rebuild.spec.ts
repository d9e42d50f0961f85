import { describe, expect, it } from '@jest/globals';
import type { ModelEvent, RebuildEvent } from '#libs/contracts';
import { evolveModelLine, servedAt, servingVersion, type ModelLineState } from './model-line.js';
import {
  evolveRebuild,
  filesOfRebuild,
  isPrepared,
  reasonToAbandon,
  rebuildIdOf,
  requireRebuilt,
  shardsToRebuild,
  type LiveRebuild,
  type RebuildState,
} from './rebuild.js';

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
const abandoned: RebuildEvent = {
  type: 'RebuildAbandoned',
  data: { rebuildId, reason: 'parent-revoked', abandonedAt: '2026-02-03T00:00:00.000Z' },
};
const stateAfter = (events: readonly RebuildEvent[]): RebuildState | undefined =>
  events.reduce<RebuildState | undefined>(evolveRebuild, undefined);
const fold = (events: readonly RebuildEvent[]): LiveRebuild => stateAfter(events) as LiveRebuild;

const prepared: RebuildEvent = { type: 'PublicationPrepared', data: { rebuildId, manifestDigest: 'dd' } };

describe('a rebuild', () => {
  it('whose publication is prepared keeps its manifest, too, and is known by it', () => {
    const state = fold([planned, shard(2), shard(5), aggregator, prepared]);
    expect(isPrepared(state)).toBe(true);
    expect(filesOfRebuild(state)).toEqual(['bb', 'bb', 'cc', 'dd']);
    expect(isPrepared(fold([planned, shard(2), shard(5), aggregator]))).toBe(false);
    expect(isPrepared(fold([planned, prepared]))).toBe(false); // nothing can be prepared before it is rebuilt
  });

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

describe('a rebuild that was interrupted', () => {
  const half = fold([planned, shard(2)]); // shard 2 as of position 91
  const shardOf = ({ label }: { label: string }): number => Number(label);
  const since = (position: bigint, ...labels: string[]) => [{ position, subject: 's', labels }];

  it('goes on while its parent serves and nothing that it has read was put out of use', () => {
    expect(reasonToAbandon(half, 1, [], shardOf)).toBeUndefined();
    expect(reasonToAbandon(half, 1, since(91n, '2'), shardOf)).toBeUndefined(); // the snapshot knew
    expect(reasonToAbandon(half, 1, since(92n, '5', '3'), shardOf)).toBeUndefined(); // not made yet, or the parent's
    expect(reasonToAbandon(half, 1, since(92n), shardOf)).toBeUndefined();
  });

  it('is given up when a shard that it has made saw records that were put out of use since', () => {
    expect(reasonToAbandon(half, 1, since(92n, '5', '2'), shardOf)).toBe('records-put-out-of-use');
  });

  it('is given up when its aggregator saw them, in whichever shard they are', () => {
    const records = { count: 12, position: '95' };
    const whole = fold([
      planned,
      shard(2),
      shard(5),
      { ...aggregator, data: { ...aggregator.data, records } },
    ]);
    expect(reasonToAbandon(whole, 1, since(96n, '7'), shardOf)).toBe('records-put-out-of-use');
    expect(reasonToAbandon(whole, 1, since(95n, '7'), shardOf)).toBeUndefined();
  });

  it('is given up when the version that it follows serves no more', () => {
    expect(reasonToAbandon(half, null, [], shardOf)).toBe('parent-revoked');
    expect(reasonToAbandon(half, 2, [], shardOf)).toBe('parent-revoked');
  });

  it('stays given up, whatever is told of it later', () => {
    const state = stateAfter([planned, shard(2), abandoned]);
    expect(state).toMatchObject({ status: 'abandoned', reason: 'parent-revoked' });
    expect(stateAfter([planned, shard(2), abandoned, shard(5), aggregator])).toEqual(state);
  });

  it('is followed by another attempt at the same version, under a name of its own', () => {
    expect(rebuildIdOf('main', 2)).toBe(rebuildId);
    expect(rebuildIdOf('main', 2, 2)).toBe('main-v2-2');
  });

  it('names the files that it has made, checkpoints included', () => {
    const sliced = shard(2);
    const withCheckpoint = {
      ...sliced,
      data: { ...sliced.data, checkpoints: [{ datasetRoot: 'dd', digest: 'ee' }] },
    } as RebuildEvent;
    expect(filesOfRebuild(fold([planned, withCheckpoint]))).toEqual(['bb', 'ee']);
    expect(filesOfRebuild(fold([planned, withCheckpoint, shard(5), aggregator]))).toEqual([
      'bb',
      'ee',
      'bb',
      'cc',
    ]);
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

  it('is known to have served what it served at a time, whatever came later', () => {
    const line = after([published(1), revoked(1), { ...published(2) }]);
    expect(servedAt(line, '2026-01-31T00:00:00.000Z')).toBeUndefined();
    expect(servedAt(after([published(1), revoked(1)]), '2026-02-01T12:00:00.000Z')?.version).toBe(1);
    expect(servedAt(after([published(1), revoked(1)]), '2026-02-02T00:00:00.000Z')).toBeUndefined();
    expect(servedAt(line, '2026-02-02T00:00:00.000Z')?.version).toBe(2);
  });

  it('refuses an event that only a newer release knows, and says where it stands', () => {
    const tomorrow = { type: 'ModelMerged', data: {}, stream: 'model-main', position: 12n } as unknown;
    expect(() => evolveModelLine(start, tomorrow as ModelEvent)).toThrow(
      expect.objectContaining({
        code: 'EVENT_TYPE_UNKNOWN',
        facts: { type: 'ModelMerged', stream: 'model-main', position: '12' },
      }),
    );
  });

  it('takes a publication once', () => {
    expect(after([published(1), published(1)]).versions).toHaveLength(1);
  });
});
