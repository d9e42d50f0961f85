import type { AggregatorConfig, ModelConfig, PartitionConfig, SubModelConfig } from '#libs/contracts';
import { canonicalJson, sha256, toHex, utf8 } from '#libs/essentials';
import { NUMERIC_PROFILE } from '#libs/kernels';
import { MAX_SHARDS } from '#libs/sharding';
import { aggregatorOf, engineOf } from './aggregators.js';
import { checkConfigFields, isObject } from './fields.js';
import type { Influences, SubModelInfluences } from './influences.js';
import { LearningError, type LearningErrorCode } from './learning-error.js';
import { strategyConfig } from './strategies.js';
import { trainerOf } from './sub-models.js';

const MAX_SLICES = 64;
const MAX_CHECKPOINTS = 16_384; // shards times slices: a manifest names them all
const MAX_PURPOSE = 255; // bytes; packed records give a purpose one length byte
const FIELDS = ['purpose', 'profilePurpose', 'partition', 'subModel', 'aggregator', 'slices'];
const PARTITIONS: readonly string[] = [
  'by-subject',
  'by-record',
  'ubp',
  'ibp',
  'inbp',
] satisfies PartitionConfig['kind'][];

/**
 * Configuration that a new model line gets unless told otherwise: SISA's shards of iALS, without slices.
 *
 * @example
 * const config = defaultModelConfig({ shards: 8 });
 */
export function defaultModelConfig(
  choice: { readonly shards?: number; readonly purpose?: string } = {},
): ModelConfig {
  return strategyConfig('sisa', choice);
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
  const given = section(config, 'config', FIELDS);
  const { slices } = given;
  const purpose = validPurpose(given.purpose, 'purpose');
  if (
    slices !== undefined &&
    !(Number.isInteger(slices) && (slices as number) > 1 && (slices as number) <= MAX_SLICES)
  )
    refuse('CONFIG_SLICES_OUT_OF_RANGE', `slices must be 2 … ${MAX_SLICES}, or absent for one`);
  const partition = validPartition(given.partition);
  if (partition.shards * ((slices as number | undefined) ?? 0) > MAX_CHECKPOINTS)
    refuse('CONFIG_SLICES_OUT_OF_RANGE', `shards times slices must be at most ${MAX_CHECKPOINTS}`);
  const subModel = validSubModel(given.subModel, given);
  const aggregator = validAggregator(given.aggregator, { subModel, partition });
  return {
    purpose,
    ...profileOf(given, purpose, subModel),
    partition,
    subModel,
    aggregator,
    ...(slices !== undefined && { slices: slices as number }),
  };
}

function validPurpose(value: unknown, field: 'purpose' | 'profilePurpose'): string {
  if (typeof value !== 'string' || value.length === 0 || utf8(value).length > MAX_PURPOSE)
    refuse('CONFIG_PURPOSE_INVALID', `${field} must be a text of 1 … ${MAX_PURPOSE} bytes`);
  return value;
}

/** What people state of themselves is consented to by itself, and only two towers take it. */
function profileOf(
  { profilePurpose: given }: Record<string, unknown>,
  purpose: string,
  { kind }: SubModelConfig,
): Pick<ModelConfig, 'profilePurpose'> {
  if (given === undefined) return {};
  const profilePurpose = validPurpose(given, 'profilePurpose');
  if (profilePurpose === purpose)
    refuse('CONFIG_PURPOSE_INVALID', 'profilePurpose must be another purpose than that of the records');
  if (kind !== 'two-tower')
    refuse('CONFIG_COMBINATION_INVALID', 'only the sub-model two-tower takes features of people');
  return { profilePurpose };
}

function validPartition(value: unknown): PartitionConfig {
  const { kind, shards } = section(value, 'partition', ['kind', 'shards']);
  if (typeof kind !== 'string' || !PARTITIONS.includes(kind))
    refuse('CONFIG_PARTITION_UNKNOWN', `partition.kind must be one of: ${PARTITIONS.join(', ')}`);
  if (!Number.isInteger(shards) || (shards as number) < 1 || (shards as number) > MAX_SHARDS)
    refuse('CONFIG_SHARDS_OUT_OF_RANGE', `partition.shards must be 1 … ${MAX_SHARDS}`);
  return { kind, shards } as PartitionConfig;
}

function validSubModel(value: unknown, model: Pick<ModelConfig, 'slices'>): SubModelConfig {
  const config = section(value, 'subModel') as unknown as SubModelConfig;
  trainerOf(config.kind).validate(config, model);
  return config;
}

function validAggregator(
  value: unknown,
  model: Pick<ModelConfig, 'subModel' | 'partition'>,
): AggregatorConfig {
  const config = section(value, 'aggregator') as unknown as AggregatorConfig;
  aggregatorOf(config.kind).validate(config, model);
  return config;
}

/** Digest of the WebAssembly modules that decide a line's bytes: of the one, or of all their digests, sorted, one a line. */
export function kernelDigestOf({ subModel, aggregator }: ModelConfig): string {
  const used = new Set([
    ...trainerOf(subModel.kind).kernels,
    ...aggregatorOf(aggregator.kind).kernels,
    ...(engineOf(aggregator)?.kernels ?? []),
  ]);
  const [first, ...others] = [...used].sort();
  return others.length === 0 ? first : toHex(sha256(utf8([first, ...others].join('\n'))));
}

/** What the kinds of a line declare of themselves. */
export function influencesOf({ subModel, aggregator }: Pick<ModelConfig, 'subModel' | 'aggregator'>): {
  readonly subModel: SubModelInfluences;
  readonly aggregator: Influences;
} {
  return {
    subModel: trainerOf(subModel.kind).influences(subModel),
    aggregator: aggregatorOf(aggregator.kind).influences,
  };
}

/** What fixes a line's numbers besides its kernels. */
export function numericProfileOf({ aggregator }: ModelConfig): string {
  const engine = engineOf(aggregator);
  return engine === undefined ? NUMERIC_PROFILE : `${NUMERIC_PROFILE} ${engine.numericProfile}`;
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
