import { describe, expect, it } from '@jest/globals';
import type { Genesis } from '#libs/contracts';
import { IALS_DIGEST } from '#libs/kernels';
import { partitionKeyCommitment } from '#libs/sharding';
import { jobOf, refusalOf, SMALL_CONFIG, smallGenesis } from '#libs/testkit';
import {
  configDigest,
  createGenesis,
  defaultModelConfig,
  genesisDigest,
  rebuildShard,
  validateModelConfig,
} from './index.js';

const WORLD = { items: ['a', 'b', 'c'], people: [{ subject: 'p', items: ['a', 'c'] }] };

describe('a model configuration', () => {
  it('is taken as it is when it is in order', () => {
    expect(validateModelConfig(SMALL_CONFIG)).toEqual(SMALL_CONFIG);
    expect(validateModelConfig(defaultModelConfig({ shards: 4096 })).partition.shards).toBe(4096);
  });

  const { partition, subModel } = SMALL_CONFIG;
  it.each<[string, unknown, string]>([
    ['nothing at all', undefined, 'CONFIG_NOT_AN_OBJECT'],
    ['a partition that is a text', { ...SMALL_CONFIG, partition: 'by-subject' }, 'CONFIG_NOT_AN_OBJECT'],
    ['a misspelt field', { ...SMALL_CONFIG, subModel: { ...subModel, sweep: 3 } }, 'CONFIG_FIELD_UNKNOWN'],
    ['an unknown section', { ...SMALL_CONFIG, ensemble: {} }, 'CONFIG_FIELD_UNKNOWN'],
    ['an empty purpose', { ...SMALL_CONFIG, purpose: '' }, 'CONFIG_PURPOSE_INVALID'],
    ['a purpose of 256 bytes', { ...SMALL_CONFIG, purpose: 'é'.repeat(128) }, 'CONFIG_PURPOSE_INVALID'],
    [
      'a partition by taste',
      { ...SMALL_CONFIG, partition: { kind: 'by-taste', shards: 2 } },
      'CONFIG_PARTITION_UNKNOWN',
    ],
    ['no shards', { ...SMALL_CONFIG, partition: { ...partition, shards: 0 } }, 'CONFIG_SHARDS_OUT_OF_RANGE'],
    [
      '4097 shards',
      { ...SMALL_CONFIG, partition: { ...partition, shards: 4097 } },
      'CONFIG_SHARDS_OUT_OF_RANGE',
    ],
    ['an unknown sub-model', { ...SMALL_CONFIG, subModel: { kind: 'oracle' } }, 'CONFIG_SUB_MODEL_UNKNOWN'],
    [
      'an inherited name as sub-model',
      { ...SMALL_CONFIG, subModel: { kind: 'toString' } },
      'CONFIG_SUB_MODEL_UNKNOWN',
    ],
    ['an unknown aggregator', { ...SMALL_CONFIG, aggregator: { kind: 'vote' } }, 'CONFIG_AGGREGATOR_UNKNOWN'],
    [
      '6 dimensions',
      { ...SMALL_CONFIG, subModel: { ...subModel, dimensions: 6 } },
      'CONFIG_DIMENSIONS_INVALID',
    ],
    [
      '260 dimensions',
      { ...SMALL_CONFIG, subModel: { ...subModel, dimensions: 260 } },
      'CONFIG_DIMENSIONS_INVALID',
    ],
    [
      'half a sweep',
      { ...SMALL_CONFIG, subModel: { ...subModel, sweeps: 0.5 } },
      'CONFIG_SWEEPS_OUT_OF_RANGE',
    ],
    [
      'a weight that is infinite',
      { ...SMALL_CONFIG, subModel: { ...subModel, unobservedWeight: Infinity } },
      'CONFIG_NUMBER_NOT_POSITIVE',
    ],
    [
      'a weight beyond 32-bit floats',
      { ...SMALL_CONFIG, subModel: { ...subModel, unobservedWeight: 1e39 } },
      'CONFIG_NUMBER_NOT_POSITIVE',
    ],
    [
      'a missing weight',
      { ...SMALL_CONFIG, subModel: { ...subModel, regularization: undefined } },
      'CONFIG_NUMBER_NOT_POSITIVE',
    ],
  ])('is refused with %s', (_, config, code) => {
    expect(refusalOf(() => validateModelConfig(config))).toBe(code);
  });

  it('has a digest that does not depend on the order of its fields', () => {
    const turned = Object.fromEntries(
      Object.entries(SMALL_CONFIG).reverse(),
    ) as unknown as typeof SMALL_CONFIG;
    expect(configDigest(turned)).toBe(configDigest(SMALL_CONFIG));
    expect(configDigest({ ...SMALL_CONFIG, purpose: 'other' })).not.toBe(configDigest(SMALL_CONFIG));
  });
});

describe('a genesis (rule 8)', () => {
  const genesis = smallGenesis();

  it('commits to the partition key, the configuration and the kernel without telling the key', () => {
    const key = new Uint8Array(32).fill(9);
    expect(genesis.partitionKeyCommitment).toBe(partitionKeyCommitment(key));
    expect(genesis.configDigest).toBe(configDigest(SMALL_CONFIG));
    expect(genesis.kernelDigest).toBe(IALS_DIGEST);
    expect(genesisDigest({ ...genesis, line: 'other' })).not.toBe(genesisDigest(genesis));
  });

  it('needs a seed of 32 bytes and a digest of the code', () => {
    const choices = {
      line: 'test',
      seed: new Uint8Array(32),
      config: SMALL_CONFIG,
      partitionKey: new Uint8Array(32),
      codeDigest: '0'.repeat(64),
      createdAt: '2026-01-01T00:00:00.000Z',
    };
    expect(createGenesis(choices).seed).toBe('00'.repeat(32));
    expect(refusalOf(() => createGenesis({ ...choices, seed: new Uint8Array(31) }))).toBe(
      'GENESIS_SEED_INVALID',
    );
    expect(refusalOf(() => createGenesis({ ...choices, codeDigest: 'none' }))).toBe('GENESIS_MALFORMED');
    expect(refusalOf(() => createGenesis({ ...choices, line: '' }))).toBe('GENESIS_MALFORMED');
  });

  it.each<[string, Partial<Genesis>, string]>([
    [
      'another configuration',
      { config: { ...SMALL_CONFIG, purpose: 'x' } },
      'GENESIS_CONFIG_DIGEST_MISMATCH',
    ],
    ['another kernel', { kernelDigest: 'f'.repeat(64) }, 'GENESIS_KERNEL_MISMATCH'],
    ['another numeric profile', { numericProfile: 'gpu' }, 'GENESIS_NUMERIC_PROFILE_UNKNOWN'],
    ['a seed that is none', { seed: 'x' }, 'GENESIS_SEED_INVALID'],
    ['a schema of the future', { schema: 'urn:lacuna:model-genesis:v2' as never }, 'GENESIS_MALFORMED'],
    ['a field that nobody knows', { note: 'hello' } as Partial<Genesis>, 'GENESIS_MALFORMED'],
  ])('trains nothing with %s', (_, change, code) => {
    expect(refusalOf(() => rebuildShard(jobOf(WORLD, 0, { ...genesis, ...change })))).toBe(code);
  });

  it('decides the bytes: another seed gives another model', () => {
    const trained = rebuildShard(jobOf(WORLD, 0, genesis)).digest;
    expect(rebuildShard(jobOf(WORLD, 0, { ...genesis, seed: 'ab'.repeat(32) })).digest).not.toBe(trained);
  });
});
