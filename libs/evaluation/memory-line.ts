import type { Genesis } from '#libs/contracts';
import { equalBytes, type Sha256 } from '#libs/essentials';
import {
  AGGREGATOR_FILE,
  buildAggregator,
  rebuildShard,
  shardFileName,
  type CatalogueLists,
  type KeptCheckpoint,
  type ShardResult,
} from '#libs/learning';
import type { Partition } from '#libs/sharding';
import { subjectsOf, type ShardedRecords } from './sharded-records.js';

/**
 * A model line without a store: what decides its bytes besides the records. The functions below do with it what the product does
 * with a published line, through the same code, so that what is measured is what is served. Before any of them,
 * `await aggregatorReady(genesis.config)`.
 */
export interface MemoryLine extends CatalogueLists {
  readonly genesis: Genesis;
  readonly partition: Partition;
  /** A faster SHA-256 where there is one. */
  readonly hash?: Sha256;
}

/** A shard's version; its checkpoints have their files, also those that it went on from. */
export interface ShardVersion extends Omit<ShardResult, 'checkpoints'> {
  readonly checkpoints: readonly KeptCheckpoint[];
}

/** All files of a version. A shard that went on from a checkpoint has the digests of the rounds from there only. */
export interface LineVersion {
  readonly shards: readonly ShardVersion[];
  readonly aggregator: Uint8Array;
}

/** Trains every shard from nothing. */
export function trainVersion(line: MemoryLine, records: ShardedRecords): LineVersion {
  return withAggregator(
    line,
    records,
    records.map((_, shard) => trainShard(line, records, shard)),
  );
}

/**
 * The version after a change of some shards: these are rebuilt, from their last checkpoint that has seen nothing of it where there
 * are slices, the others keep their files, the aggregator is built anew.
 *
 * @param records after the change
 */
export function nextVersion(
  line: MemoryLine,
  records: ShardedRecords,
  previous: LineVersion,
  touched: ReadonlySet<number>,
): LineVersion {
  return withAggregator(
    line,
    records,
    previous.shards.map((before, shard) =>
      touched.has(shard) ? trainShard(line, records, shard, before.checkpoints) : before,
    ),
  );
}

/** Names of the files, and of the facts that the manifest states of them, in which two versions of a line differ. */
export function differencesOf(a: LineVersion, b: LineVersion): string[] {
  const shards = a.shards.flatMap((shard, at) => shardDifferences(shard, b.shards[at]));
  return equalBytes(a.aggregator, b.aggregator) ? shards : [...shards, AGGREGATOR_FILE];
}

function shardDifferences(a: ShardVersion, b: ShardVersion): string[] {
  const name = shardFileName(a.shard);
  const checkpoints = [a, b].map((one) =>
    one.checkpoints.map(({ datasetRoot, digest }) => `${datasetRoot} ${digest}`).join(),
  );
  return [
    ...(equalBytes(a.file, b.file) && a.digest === b.digest ? [] : [name]),
    ...(a.datasetRoot === b.datasetRoot && a.count === b.count ? [] : [`${name}: dataset`]),
    ...(checkpoints[0] === checkpoints[1] ? [] : [`${name}: checkpoints`]),
  ];
}

function trainShard(
  line: MemoryLine,
  records: ShardedRecords,
  shard: number,
  before: readonly KeptCheckpoint[] = [],
): ShardVersion {
  const { genesis, items, categories, features, hash } = line;
  const result = rebuildShard({
    genesis,
    shard,
    items,
    categories,
    features,
    hash,
    subjects: subjectsOf(records, shard),
    checkpoints: before,
  });
  const checkpoints = result.checkpoints.map((made, at) => ({ ...made, file: made.file ?? before[at].file }));
  return { ...result, checkpoints };
}

function withAggregator(
  { genesis, items, categories, features, hash }: MemoryLine,
  records: ShardedRecords,
  shards: readonly ShardVersion[],
): LineVersion {
  const summaries = shards.map(({ shard, count, file }) => ({
    shard,
    count,
    file,
    get subjects() {
      return subjectsOf(records, shard);
    },
  }));
  const aggregator = buildAggregator({ genesis, items, categories, features, hash, shards: summaries });
  return { shards, aggregator };
}
