import { packRecords, type Genesis, type ModelConfig, type StoredRecord } from '#libs/contracts';
import { sha256, utf8 } from '#libs/essentials';
import {
  subjectsOf,
  type LineVersion,
  type MemoryLine,
  type ShardedRecords,
  type ShardVersion,
} from '#libs/evaluation';
import {
  aggregatorReady,
  balancedPartition,
  buildAggregator,
  createGenesis,
  drawsOf,
  IALS_OF_SHARDS,
  type CanonicalCatalogue,
  type ModelFiles,
  type ShardResult,
} from '#libs/learning';
import { isDataDependent, openPartition, type ShardAssignment } from '#libs/sharding';
import { nodeHmacSha256, nodeSha256 } from '#platform/crypto';
import { trainingCodeDigest } from '#platform/build';
import type { TrainingPool } from '#stages/training';

const CREATED = '2026-01-01T00:00:00.000Z'; // a genesis has a date; it decides no bytes of a model

/** What a line is trained with. */
export interface Trainer {
  readonly pool: Pick<TrainingPool, 'train'>;
  /** Of the pool: so many shards are trained at a time, each timed by itself. */
  readonly threads: number;
  /** Hears of each shard that is trained. */
  readonly onShard?: () => void;
}

/** Seconds that the parts of a version took, each on its thread. */
export interface TrainingTime {
  /** Of each shard that was trained. */
  readonly shards: readonly number[];
  readonly aggregator: number;
}

export interface TrainedVersion extends LineVersion {
  readonly time: TrainingTime;
}

/** Everybody's records, person by person. */
export type StoredPeople = Iterable<readonly [subject: string, records: readonly StoredRecord[]]>;

/**
 * A line without an installation. Seed and partition key are the SHA-256 of a text.
 *
 * @param people needed and read only where the partition looks at the data
 * @throws LearningError CONFIG_…; ShardingError ASSIGNMENT_MISSING
 */
export function openLine(
  config: ModelConfig,
  catalogue: CanonicalCatalogue,
  seed: string,
  people?: StoredPeople,
): MemoryLine {
  const partitionKey = sha256(utf8(`partition key\n${seed}`));
  const genesis: Genesis = createGenesis({
    line: 'evaluation',
    seed: sha256(utf8(`seed\n${seed}`)),
    config,
    partitionKey,
    codeDigest: trainingCodeDigest(),
    createdAt: CREATED,
  });
  const assignment = clusters(genesis, catalogue, people);
  const partition = openPartition(config.partition, partitionKey, nodeHmacSha256, assignment);
  return { genesis, partition, ...catalogue, hash: nodeSha256 };
}

/** What a partition that looks at the data makes of it; nothing for the others, or without data. */
function clusters(
  { seed, config: { partition } }: Genesis,
  catalogue: CanonicalCatalogue,
  people: StoredPeople | undefined,
): ShardAssignment | undefined {
  const { kind, shards } = partition;
  if (!isDataDependent(kind) || people === undefined) return undefined;
  const subjects = Array.from(people, ([subject, records]) => ({ subject, records: packRecords(records) }));
  const draw = drawsOf(seed, nodeSha256);
  return balancedPartition({ kind, shards, ...catalogue, subjects, embedding: IALS_OF_SHARDS, draw });
}

/**
 * Trains the named shards of a line in threads, keeps the others, and builds the aggregator.
 *
 * @param kept the version whose other shards stay; every shard is trained where absent
 */
export async function trainLine(
  line: MemoryLine,
  records: ShardedRecords,
  { pool, threads, onShard }: Trainer,
  kept?: { readonly version: LineVersion; readonly touched: ReadonlySet<number> },
): Promise<TrainedVersion> {
  const wanted = records.map((_, shard) => shard).filter((shard) => kept?.touched.has(shard) ?? true);
  const shards: ShardVersion[] = [...(kept?.version.shards ?? [])];
  const seconds: number[] = [];
  await inLanes(wanted, threads, async (shard) => {
    const { genesis, items, categories, features } = line;
    const before = kept?.version.shards[shard].checkpoints ?? [];
    const subjects = subjectsOf(records, shard);
    const started = performance.now();
    const result = await pool.train({
      genesis,
      shard,
      items,
      categories,
      features,
      subjects,
      checkpoints: before,
    });
    seconds.push((performance.now() - started) / 1000);
    shards[shard] = withFiles(result, before);
    onShard?.();
  });
  await aggregatorReady(line.genesis.config);
  const started = performance.now();
  const aggregator = buildAggregator({ ...line, shards: shards.map((one) => summaryOf(one, records)) });
  return { shards, aggregator, time: { shards: seconds, aggregator: (performance.now() - started) / 1000 } };
}

/** A checkpoint that training went on from comes back without its file. */
function withFiles(result: ShardResult, before: ShardVersion['checkpoints']): ShardVersion {
  const checkpoints = result.checkpoints.map((made, at) => ({ ...made, file: made.file ?? before[at].file }));
  return { ...result, checkpoints };
}

/** A version as scorers open it. */
export function filesOf(
  { genesis: { seed, config }, items, categories, features }: MemoryLine,
  { shards, aggregator }: LineVersion,
  degrees: ReadonlyMap<string, number>,
): ModelFiles {
  const files = shards.map(({ file }) => file);
  return { seed, config, items, categories, features, degrees, aggregator, shards: files };
}

function summaryOf({ shard, count, file }: ShardVersion, records: ShardedRecords) {
  return {
    shard,
    count,
    file,
    get subjects() {
      return subjectsOf(records, shard);
    },
  };
}

/** Works through a list, so many at a time. */
async function inLanes<T>(list: readonly T[], lanes: number, work: (one: T) => Promise<void>): Promise<void> {
  const waiting = list.values(); // shared: each lane takes the next
  const lane = async (): Promise<void> => {
    for (const one of waiting) await work(one);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
