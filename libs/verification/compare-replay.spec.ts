import { describe, expect, it } from '@jest/globals';
import type { ModelManifest } from '#libs/contracts';
import { honestReplay } from '#libs/testkit';
import {
  compareReplay,
  PartialVerificationError,
  type Finding,
  type RebuiltVersion,
  type ReplayInput,
  type VerificationErrorCode,
} from './index.js';

const { everyShard: shards, ...honest } = honestReplay();
const { certificate, manifest, rebuilt } = honest;
const model = certificate.model!;
const rounds = shards[0].roundDigests;
const rebuiltAs = (changes: Partial<RebuiltVersion>): Partial<ReplayInput> => ({
  rebuilt: { ...rebuilt, ...changes },
});
const shardAs = (changes: Partial<RebuiltVersion['shards'][number]>) =>
  rebuiltAs({ shards: [{ ...shards[1], ...changes }] });
const manifestAs = (changes: Partial<ModelManifest>): Partial<ReplayInput> => ({
  manifest: { ...manifest, ...changes },
});
const other = 'ff'.repeat(32);
const checkpoint = { datasetRoot: 'd0'.repeat(32), digest: 'd1'.repeat(32) };

describe('comparing a replay with a certificate', () => {
  it('reports what was rebuilt to the same bytes, and what was taken at its digest', () => {
    expect(compareReplay(honest)).toEqual({
      line: 'main',
      version: 2,
      rebuiltShards: [1],
      otherShards: [0, 2],
      aggregatorDigest: model.aggregator.after,
    });
  });

  it('takes shards beyond the affected ones, too', () => {
    const report = compareReplay({ ...honest, ...rebuiltAs({ shards: [shards[2], shards[1], shards[0]] }) });
    expect(report).toMatchObject({ rebuiltShards: [0, 1, 2], otherShards: [] });
  });

  it('takes the checkpoints of a line with slices at what they were rebuilt to', () => {
    const withCheckpoints = manifest.shards.map((shard) => ({ ...shard, checkpoints: [checkpoint] }));
    const sliced = { ...manifestAs({ shards: withCheckpoints }), ...shardAs({ checkpoints: [checkpoint] }) };
    expect(compareReplay({ ...honest, ...sliced })).toMatchObject({ rebuiltShards: [1] });
  });

  it('takes the rounds of the last slice, whatever rounds came before', () => {
    const sliced = shardAs({ roundDigests: [other, other, ...rounds] });
    expect(compareReplay({ ...honest, ...sliced })).toMatchObject({ rebuiltShards: [1] });
  });

  it('names the first round at which the bytes differ', () => {
    const diverged = shardAs({ digest: other, roundDigests: [rounds[0], other, other] });
    expect(() => compareReplay({ ...honest, ...diverged })).toThrow(
      expect.objectContaining({
        code: 'REPLAY_SHARD_DIGEST_MISMATCH',
        facts: { shard: 1, round: 2, rounds: 3 },
      }),
    );
  });

  it.each<[string, VerificationErrorCode, Partial<ReplayInput>]>([
    [
      'events that miss one record',
      'REPLAY_RECORDS_MISSING',
      shardAs({ count: 4, datasetRoot: other, digest: other }),
    ],
    [
      'events with one record more',
      'REPLAY_RECORDS_ADDED',
      shardAs({ count: 6, datasetRoot: other, digest: other }),
    ],
    [
      'events with one record exchanged',
      'REPLAY_DATASET_ROOT_MISMATCH',
      shardAs({ datasetRoot: other, digest: other }),
    ],
    ['other bytes from the same records', 'REPLAY_SHARD_DIGEST_MISMATCH', shardAs({ digest: other })],
    [
      'certified bytes that other rounds led to',
      'REPLAY_ROUNDS_MISMATCH',
      shardAs({ roundDigests: [rounds[0], other, rounds[2]] }),
    ],
    ['fewer rounds than were logged', 'REPLAY_ROUNDS_MISMATCH', shardAs({ roundDigests: rounds.slice(1) })],
    ['another aggregator', 'REPLAY_AGGREGATOR_MISMATCH', rebuiltAs({ aggregatorDigest: other })],
    [
      'a checkpoint that the manifest does not name',
      'REPLAY_CHECKPOINT_MISMATCH',
      shardAs({ checkpoints: [{ datasetRoot: other, digest: other }] }),
    ],
    [
      'another checkpoint than the manifest names',
      'REPLAY_CHECKPOINT_MISMATCH',
      {
        ...manifestAs({ shards: manifest.shards.map((shard) => ({ ...shard, checkpoints: [checkpoint] })) }),
        ...shardAs({ checkpoints: [{ ...checkpoint, digest: other }] }),
      },
    ],
    ['no affected shard', 'REPLAY_SHARD_MISSING', rebuiltAs({ shards: [] })],
    ['a shard twice', 'REPLAY_SHARD_UNEXPECTED', rebuiltAs({ shards: [shards[1], shards[1]] })],
    [
      'a shard the model lacks',
      'REPLAY_SHARD_UNEXPECTED',
      rebuiltAs({ shards: [shards[1], { ...shards[0], shard: 3 }] }),
    ],
    [
      'a shard that lost more records than erasures name',
      'REPLAY_RECORDS_MISSING',
      rebuiltAs({ shards: [], lostShards: [{ shard: 1, left: 2, erasedLater: 2 }] }),
    ],
    [
      'a shard both rebuilt and lost',
      'REPLAY_SHARD_UNEXPECTED',
      rebuiltAs({ lostShards: [{ shard: 1, left: 2, erasedLater: 3 }] }),
    ],
    ['other training code', 'REPLAY_CODE_DIGEST_MISMATCH', rebuiltAs({ codeDigest: other })],
    ['another kernel', 'REPLAY_KERNEL_DIGEST_MISMATCH', rebuiltAs({ kernelDigest: other })],
    ['another configuration', 'REPLAY_CONFIG_DIGEST_MISMATCH', rebuiltAs({ configDigest: other })],
    ['another genesis', 'REPLAY_GENESIS_MISMATCH', rebuiltAs({ genesisDigest: other })],
    ['another catalogue', 'REPLAY_CATALOGUE_ROOT_MISMATCH', rebuiltAs({ catalogueRoot: other })],
    ['the manifest of another version', 'REPLAY_MANIFEST_DIGEST_MISMATCH', { manifestDigest: other }],
    [
      'a manifest with other shards',
      'REPLAY_MANIFEST_DISAGREES',
      manifestAs({ shards: manifest.shards.slice(1) }),
    ],
    [
      'a manifest with another count',
      'REPLAY_MANIFEST_DISAGREES',
      manifestAs({ shards: manifest.shards.map((shard) => ({ ...shard, count: shard.count + 1 })) }),
    ],
    ['a manifest of another line', 'REPLAY_MANIFEST_DISAGREES', manifestAs({ line: 'side' })],
    [
      'a certificate from before any model',
      'REPLAY_NO_MODEL',
      { certificate: { ...certificate, model: null } },
    ],
  ])('refuses %s with %s', (_, code, changes) => {
    expect(() => compareReplay({ ...honest, ...changes })).toThrow(
      expect.objectContaining({ name: 'VerificationError', code }),
    );
  });
});

describe('a replay of a version whose records were erased since', () => {
  const partial = (changes: Partial<RebuiltVersion>): PartialVerificationError => {
    try {
      compareReplay({ ...honest, ...rebuiltAs(changes) });
    } catch (error) {
      if (error instanceof PartialVerificationError) return error;
      throw error;
    }
    throw new Error('called verified');
  };
  const codes = (findings: readonly Finding[]): string[] =>
    findings.map(({ code, facts }) => [code, facts?.shard].filter((part) => part !== undefined).join(' '));

  it('tells what holds of the shards that are left and what nobody can know of the others', () => {
    const lostShards = [{ shard: 1, left: 2, erasedLater: 4 }];
    const { code, findings } = partial({ shards: [shards[0]], lostShards });
    expect(code).toBe('REPLAY_DATA_SINCE_ERASED');
    expect(codes(findings.checked)).toEqual([
      'INGREDIENTS',
      'SHARD_REBUILT 0',
      'LATER_ERASURES_ACCOUNT_FOR_SHARD 1',
      'AGGREGATOR_REBUILT',
    ]);
    expect(codes(findings.notCheckable)).toEqual(['DATASET_ROOT 1', 'SHARD_BYTES 1']);
    expect(findings.checked[2].facts).toEqual({ shard: 1, certified: 5, left: 2, gone: 3, erasedLater: 4 });
  });

  it('does not call the version verified when only the aggregator is out of reach', () => {
    const { code, findings } = partial({ aggregatorDigest: undefined });
    expect(code).toBe('REPLAY_DATA_SINCE_ERASED');
    expect(codes(findings.checked)).toEqual(['INGREDIENTS', 'SHARD_REBUILT 1']);
    expect(codes(findings.notCheckable)).toEqual(['AGGREGATOR_BYTES']);
  });

  it.each<[string, VerificationErrorCode, Partial<RebuiltVersion>]>([
    [
      'a shard that is left has other bytes',
      'REPLAY_SHARD_DIGEST_MISMATCH',
      { shards: [{ ...shards[0], digest: other }] },
    ],
    ['the aggregator has other bytes', 'REPLAY_AGGREGATOR_MISMATCH', { shards: [], aggregatorDigest: other }],
  ])('is refused outright when %s', (_, code, changes) => {
    const lostShards = [{ shard: 1, left: 2, erasedLater: 3 }];
    const input = { ...honest, ...rebuiltAs({ lostShards, ...changes }) };
    expect(() => compareReplay(input)).toThrow(expect.objectContaining({ name: 'VerificationError', code }));
  });
});
