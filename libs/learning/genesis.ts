import type { Genesis, ModelConfig } from '#libs/contracts';
import { canonicalJson, sha256, toHex, utf8 } from '#libs/essentials';
import { partitionKeyCommitment } from '#libs/sharding';
import { checkSeed } from './draws.js';
import { checkFields, isLiteral, isObject, isSha256, isText } from './fields.js';
import { LearningError } from './learning-error.js';
import { configDigest, kernelDigestOf, numericProfileOf, validateModelConfig } from './model-config.js';

const SCHEMA = 'urn:lacuna:model-genesis:v1';
const FIELDS = {
  schema: isLiteral(SCHEMA),
  line: isText,
  seed: isText,
  config: isObject,
  configDigest: isSha256,
  partitionKeyCommitment: isSha256,
  codeDigest: isSha256,
  kernelDigest: isSha256,
  numericProfile: isText,
  createdAt: isText,
};

export interface GenesisChoices {
  readonly line: string;
  /** 32 random bytes. */
  readonly seed: Uint8Array;
  readonly config: ModelConfig;
  /** At least 32 random bytes; stays in the vault, only its commitment is published. */
  readonly partitionKey: Uint8Array;
  /** SHA-256 over the training code, hex (dist/code-digest.json). */
  readonly codeDigest: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
}

/**
 * Fixes everything that decides a model line's bytes besides the records (DESIGN §4.8). It is logged before the first record
 * is used.
 *
 * @throws LearningError CONFIG_…, GENESIS_SEED_INVALID, GENESIS_MALFORMED
 */
export function createGenesis(choices: GenesisChoices): Genesis {
  const config = validateModelConfig(choices.config);
  const genesis: Genesis = {
    schema: SCHEMA,
    line: choices.line,
    seed: toHex(choices.seed),
    config,
    configDigest: configDigest(config),
    partitionKeyCommitment: partitionKeyCommitment(choices.partitionKey),
    codeDigest: choices.codeDigest,
    kernelDigest: kernelDigestOf(config),
    numericProfile: numericProfileOf(config),
    createdAt: choices.createdAt,
  };
  checkGenesis(genesis);
  return genesis;
}

/** SHA-256 of the genesis in canonical JSON, hex; names the line in manifests and certificates. */
export function genesisDigest(genesis: Genesis): string {
  return toHex(sha256(utf8(canonicalJson(genesis))));
}

/**
 * Refuses a genesis that this build cannot honour: malformed, of a digest that does not fit its configuration, or made for
 * another kernel or number format, whose results would differ in their last bits.
 *
 * @throws LearningError GENESIS_…, CONFIG_…
 */
export function checkGenesis(genesis: Genesis): void {
  checkFields(genesis, FIELDS, 'GENESIS_MALFORMED', 'genesis');
  checkSeed(genesis.seed);
  const config = validateModelConfig(genesis.config);
  if (configDigest(config) !== genesis.configDigest)
    throw new LearningError(
      'GENESIS_CONFIG_DIGEST_MISMATCH',
      'the configuration is not the one that was logged',
    );
  if (genesis.numericProfile !== numericProfileOf(config))
    throw new LearningError(
      'GENESIS_NUMERIC_PROFILE_UNKNOWN',
      'the line was trained under another numeric profile',
    );
  const kernelDigest = kernelDigestOf(config);
  if (genesis.kernelDigest !== kernelDigest)
    throw new LearningError('GENESIS_KERNEL_MISMATCH', 'the line was trained with another kernel', {
      facts: { expected: genesis.kernelDigest, actual: kernelDigest },
      nextStep: 'Use the release that the genesis names, or start a new model line.',
    });
}
