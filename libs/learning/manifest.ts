import type { ModelManifest } from '#libs/contracts';
import {
  canonicalJson,
  EncodingError,
  fromUtf8,
  parseStrictJson,
  sha256,
  toHex,
  utf8,
} from '#libs/essentials';
import { MAX_SHARDS } from '#libs/sharding';
import {
  checkFields,
  isCount,
  isLiteral,
  isNullOr,
  isObject,
  isPosition,
  isSha256,
  isText,
} from './fields.js';
import { LearningError } from './learning-error.js';

const MAX_LENGTH = 32 * 1024 * 1024; // 4096 shards take about 1.6 MB, the most checkpoints that a line may have 2.7 MB, 50 rounds of each shard 14 MB
const FILE_NAME = /^[a-z0-9][a-z0-9.-]{0,63}$/;
const isFileName = (value: unknown): boolean => typeof value === 'string' && FILE_NAME.test(value);

const MANIFEST = {
  schema: isLiteral('urn:lacuna:model-manifest:v1'),
  line: isText,
  version: (value: unknown) => isCount(value) && value !== 0,
  parent: isNullOr(isSha256),
  genesisDigest: isSha256,
  configDigest: isSha256,
  codeDigest: isSha256,
  kernelDigest: isSha256,
  numericProfile: isText,
  catalogue: isObject,
  partition: isObject,
  shards: Array.isArray,
  aggregator: isObject,
};
const CATALOGUE = { root: isSha256, count: isCount, position: isPosition };
const PARTITION = {
  kind: isLiteral('by-subject', 'by-record', 'ubp', 'ibp', 'inbp'),
  shards: (value: unknown) => isCount(value) && (value as number) >= 1 && (value as number) <= MAX_SHARDS,
};
const AGGREGATOR = { kind: isText, file: isFileName, digest: isSha256 };
const AGGREGATOR_RECORDS = { count: isCount, position: isPosition };
const SHARD = {
  shard: isCount,
  datasetRoot: isSha256,
  count: isCount,
  position: isPosition,
  file: isFileName,
  digest: isSha256,
};

const LISTS = {
  checkpoints: Array.isArray,
  rounds: (value: unknown) => Array.isArray(value) && value.every(isSha256),
};
const CHECKPOINT = { datasetRoot: isSha256, digest: isSha256 };

/** The manifest as it is stored and hashed: canonical JSON (JCS) in UTF-8. */
export function manifestBytes(manifest: ModelManifest): Uint8Array {
  return utf8(canonicalJson(manifest));
}

/** SHA-256 of manifestBytes, hex: the name of a version. */
export function manifestDigest(manifest: ModelManifest): string {
  return toHex(sha256(manifestBytes(manifest)));
}

/**
 * Reads a manifest that may come from anywhere (a replay folder, a download). Refused are unknown or missing fields, shards out of
 * order, file names that could leave the version's folder, and any spelling but the canonical one, so that one manifest has
 * one digest.
 *
 * @throws LearningError MANIFEST_MALFORMED, MANIFEST_NOT_CANONICAL
 */
export function parseManifest(bytes: Uint8Array): ModelManifest {
  const text = textOf(bytes);
  const value = jsonOf(text);
  checkManifest(value);
  if (canonicalJson(value) !== text)
    throw new LearningError('MANIFEST_NOT_CANONICAL', 'the manifest is not in canonical JSON');
  return value;
}

/** File name of a shard's model in the folder of its version. */
export function shardFileName(shard: number): string {
  return `shard-${String(shard).padStart(2, '0')}.safetensors`;
}

export const AGGREGATOR_FILE = 'aggregator.safetensors';

function textOf(bytes: Uint8Array): string {
  try {
    return fromUtf8(bytes);
  } catch (cause) {
    throw new LearningError('MANIFEST_MALFORMED', 'the manifest is not UTF-8', { cause });
  }
}

function jsonOf(text: string): unknown {
  try {
    return parseStrictJson(text, { maxLength: MAX_LENGTH, maxDepth: 5 });
  } catch (cause) {
    if (!(cause instanceof EncodingError)) throw cause;
    throw new LearningError('MANIFEST_MALFORMED', 'the manifest is not strict JSON', { cause });
  }
}

function checkManifest(value: unknown): asserts value is ModelManifest {
  const check: typeof checkFields = checkFields;
  check(value, MANIFEST, 'MANIFEST_MALFORMED', 'manifest');
  check(value.catalogue, CATALOGUE, 'MANIFEST_MALFORMED', 'catalogue');
  check(value.partition, PARTITION, 'MANIFEST_MALFORMED', 'partition');
  const { records, ...aggregator } = value.aggregator as Record<string, unknown>;
  check(aggregator, AGGREGATOR, 'MANIFEST_MALFORMED', 'aggregator');
  if (records !== undefined) check(records, AGGREGATOR_RECORDS, 'MANIFEST_MALFORMED', 'aggregator.records');
  const shards = value.shards as unknown[];
  if (shards.length !== value.partition.shards)
    throw new LearningError('MANIFEST_MALFORMED', 'the manifest does not list every shard once', {
      facts: { listed: shards.length },
    });
  shards.forEach((shard, index) => {
    const { checkpoints = [], rounds = [], ...fields } = isObject(shard) ? shard : { shard };
    check(fields, { ...SHARD, shard: isLiteral(index) }, 'MANIFEST_MALFORMED', `shards[${index}]`);
    check({ checkpoints, rounds }, LISTS, 'MANIFEST_MALFORMED', `shards[${index}]`);
    for (const checkpoint of checkpoints as unknown[])
      check(checkpoint, CHECKPOINT, 'MANIFEST_MALFORMED', `shards[${index}].checkpoints`);
  });
}
