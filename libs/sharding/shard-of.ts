import { concatBytes, hmacSha256, sha256, toHex, utf8, type HmacSha256 } from '#libs/essentials';
import { ShardingError } from './sharding-error.js';

/** Most shards that a model line may have. */
export const MAX_SHARDS = 4096;

const MIN_KEY_LENGTH = 32;
const COMMITMENT_PREFIX = utf8('lacuna/partition-key/v1');
const TWO_TO_32 = 2 ** 32;

/**
 * Shard of a key (DESIGN §4.2): the first 8 bytes of HMAC-SHA-256(partition key, key), big-endian, mod `shards`. It looks at
 * nothing but the key, so removing other data never moves anything. The bias of the mod is below shards / 2^64.
 *
 * @param key a text is taken as UTF-8
 * @example
 * const shard = shardOf(partitionKey, subject, 8); // 0 … 7
 * @throws ShardingError SHARD_COUNT_OUT_OF_RANGE, PARTITION_KEY_TOO_SHORT
 */
export function shardOf(
  partitionKey: Uint8Array,
  key: Uint8Array | string,
  shards: number,
  hmac: HmacSha256 = hmacSha256,
): number {
  checkShards(shards);
  checkPartitionKey(partitionKey);
  const tag = hmac(partitionKey, typeof key === 'string' ? utf8(key) : key);
  const view = new DataView(tag.buffer, tag.byteOffset, 8);
  // (high·2^32 + low) mod shards; every term stays below 2^53 because shards ≤ 4096.
  return (
    ((((view.getUint32(0) % shards) * (TWO_TO_32 % shards)) % shards) + (view.getUint32(4) % shards)) % shards
  );
}

/** What genesis says of the partition key: SHA-256("lacuna/partition-key/v1" ‖ key), hex. */
export function partitionKeyCommitment(partitionKey: Uint8Array): string {
  checkPartitionKey(partitionKey);
  return toHex(sha256(concatBytes(COMMITMENT_PREFIX, partitionKey)));
}

export function checkShards(shards: number): void {
  if (!Number.isInteger(shards) || shards < 1 || shards > MAX_SHARDS)
    throw new ShardingError('SHARD_COUNT_OUT_OF_RANGE', `the number of shards must be 1 … ${MAX_SHARDS}`, {
      facts: { shards },
    });
}

function checkPartitionKey(partitionKey: Uint8Array): void {
  if (partitionKey.length < MIN_KEY_LENGTH)
    throw new ShardingError(
      'PARTITION_KEY_TOO_SHORT',
      `a partition key has at least ${MIN_KEY_LENGTH} bytes`,
      {
        facts: { length: partitionKey.length },
      },
    );
}
