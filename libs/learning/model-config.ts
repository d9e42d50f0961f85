import type { AggregatorConfig, ModelConfig, PartitionConfig, SubModelConfig } from '#libs/contracts';
import { canonicalJson, sha256, toHex, utf8 } from '#libs/essentials';
import { MAX_SHARDS } from '#libs/sharding';
import { aggregatorOf } from './aggregators.js';
import { checkConfigFields, isObject } from './fields.js';
import { LearningError, type LearningErrorCode } from './learning-error.js';
import { trainerOf } from './sub-models.js';

const MAX_PURPOSE = 255; // bytes; packed records give a purpose one length byte
const PARTITIONS: readonly string[] = ['by-subject', 'by-record'] satisfies PartitionConfig['kind'][];

/**
 * Configuration that a new model line gets unless told otherwise. The hyper-parameters were chosen on a part of the training
 * data of ../shared/data/ml-1m-receraser-split (`node tools/bench/training.mjs --search`), never on its test part.
 *
 * @example
 * const config = defaultModelConfig({ shards: 8 });
 */
export function defaultModelConfig(
  choice: { readonly shards?: number; readonly purpose?: string } = {},
): ModelConfig {
  return {
    purpose: choice.purpose ?? 'recommendations',
    partition: { kind: 'by-subject', shards: choice.shards ?? 8 },
    subModel: {
      kind: 'ials',
      dimensions: 64,
      unobservedWeight: 0.2,
      regularization: 0.008,
      sweeps: 8,
      initScale: 0.1,
    },
    aggregator: { kind: 'mean' },
  };
}

/** SHA-256 of the configuration in canonical JSON, hex. */
export function configDigest(config: ModelConfig): string {
  return toHex(sha256(utf8(canonicalJson(config))));
}

/**
 * Takes a configuration that a person wrote (admin API, CLI) or that stands in a genesis.
 *
 * @throws LearningError with one CONFIG_… code a cause
 */
export function validateModelConfig(config: unknown): ModelConfig {
  const { purpose, partition, subModel, aggregator } = section(config, 'config', [
    'purpose',
    'partition',
    'subModel',
    'aggregator',
  ]);
  if (typeof purpose !== 'string' || purpose.length === 0 || utf8(purpose).length > MAX_PURPOSE)
    refuse('CONFIG_PURPOSE_INVALID', `purpose must be a text of 1 … ${MAX_PURPOSE} bytes`);
  return {
    purpose,
    partition: validPartition(partition),
    subModel: validSubModel(subModel),
    aggregator: validAggregator(aggregator),
  };
}

function validPartition(value: unknown): PartitionConfig {
  const { kind, shards } = section(value, 'partition', ['kind', 'shards']);
  if (typeof kind !== 'string' || !PARTITIONS.includes(kind))
    refuse('CONFIG_PARTITION_UNKNOWN', `partition.kind must be one of: ${PARTITIONS.join(', ')}`);
  if (!Number.isInteger(shards) || (shards as number) < 1 || (shards as number) > MAX_SHARDS)
    refuse('CONFIG_SHARDS_OUT_OF_RANGE', `partition.shards must be 1 … ${MAX_SHARDS}`);
  return { kind, shards } as PartitionConfig;
}

function validSubModel(value: unknown): SubModelConfig {
  const config = section(value, 'subModel') as unknown as SubModelConfig;
  trainerOf(config.kind).validate(config);
  return config;
}

function validAggregator(value: unknown): AggregatorConfig {
  const config = section(value, 'aggregator', ['kind']) as unknown as AggregatorConfig;
  return { kind: aggregatorOf(config.kind).kind };
}

function section(value: unknown, name: string, fields?: readonly string[]): Record<string, unknown> {
  if (!isObject(value)) refuse('CONFIG_NOT_AN_OBJECT', `${name} must be an object`);
  if (fields) checkConfigFields(value, name, fields);
  return value;
}

function refuse(code: LearningErrorCode, message: string): never {
  throw new LearningError(code, message, {
    nextStep: 'Correct the model configuration and submit it again.',
  });
}
