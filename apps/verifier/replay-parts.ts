import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Genesis, ModelManifest } from '#libs/contracts';
import { sha256, toHex } from '#libs/essentials';
import { aggregatorReads, type CatalogueLists, type ShardResult, type ShardSummary } from '#libs/learning';
import { VerificationError, type ReplayDataset, type ReplayWanted } from '#libs/verification';
import { TrainingPool } from '#stages/training';

/** What has to be rebuilt for a replay, and what can be taken as it lies in the version's folder. */
export interface ReplayPlan {
  readonly genesis: Genesis;
  readonly manifest: ModelManifest;
  readonly wanted: ReplayWanted;
  /** Files of shards that are not rebuilt, with the digests of the manifest; only where the aggregator reads files. */
  readonly files: ReadonlyMap<number, Uint8Array>;
}

export interface ReplayedParts {
  readonly shards: readonly ShardResult[];
  /** Shards that cannot be rebuilt any more. */
  readonly lost: readonly number[];
  /** Undefined when the aggregator cannot be rebuilt any more. */
  readonly aggregatorDigest: string | undefined;
}

/**
 * Plans a replay of these shards and of the aggregator. Where it reads the files of all shards, those that are not in the version's
 * folder, or are not what the manifest names, are rebuilt, too.
 *
 * @throws VerificationError REPLAY_MANIFEST_DISAGREES when the manifest does not say what an aggregator that reads records has read
 */
export async function planReplay(
  genesis: Genesis,
  manifest: ModelManifest,
  folder: string,
  asked: ReadonlySet<number>,
): Promise<ReplayPlan> {
  const reads = aggregatorReads(genesis.config);
  const files = reads === 'counts' ? new Map<number, Uint8Array>() : await filesOf(manifest, folder, asked);
  const shards = manifest.shards
    .filter(({ shard }) => asked.has(shard) || (reads !== 'counts' && !files.has(shard)))
    .map(({ shard, position }) => ({ shard, position: BigInt(position) }));
  const aggregator = reads === 'files-and-records' ? recordsPosition(manifest) : undefined;
  return { genesis, manifest, wanted: { shards, aggregator }, files };
}

/** Rebuilds what was planned. */
export async function rebuildParts(
  plan: ReplayPlan,
  catalogue: Required<CatalogueLists>,
  dataset: ReplayDataset,
  threads: number | undefined,
  tell: (line: string) => void,
): Promise<ReplayedParts> {
  const pool = new TrainingPool({ threads });
  try {
    const numbers = plan.wanted.shards.map(({ shard }) => shard);
    const lost = numbers.filter((shard) => dataset.hasLostRecords(shard));
    const shards = await Promise.all(
      numbers
        .filter((shard) => !lost.includes(shard))
        .map((shard) => rebuildShard(pool, plan.genesis, shard, catalogue, dataset, tell)),
    );
    const summaries = summariesOf(plan, shards, new Set(catalogue.items), dataset);
    if (summaries === undefined) return { shards, lost, aggregatorDigest: undefined };
    const file = await pool.aggregate({ genesis: plan.genesis, ...catalogue, shards: summaries });
    return { shards, lost, aggregatorDigest: toHex(sha256(file)) };
  } finally {
    await pool.close();
  }
}

async function rebuildShard(
  pool: TrainingPool,
  genesis: Genesis,
  shard: number,
  catalogue: Required<CatalogueLists>,
  dataset: ReplayDataset,
  tell: (line: string) => void,
): Promise<ShardResult> {
  const started = performance.now();
  const subjects = dataset.shardRecords(shard, new Set(catalogue.items));
  const result = await pool.train({ genesis, shard, ...catalogue, subjects });
  const took = ((performance.now() - started) / 1000).toFixed(1);
  tell(`  shard ${shard}       rebuilt from ${result.count.toLocaleString('en-US')} records in ${took} s`);
  return result;
}

/** Every shard as the aggregator reads it: rebuilt, or with the count and file of the manifest. Undefined when something of it is gone. */
function summariesOf(
  { genesis, manifest, files }: ReplayPlan,
  rebuilt: readonly ShardResult[],
  catalogue: ReadonlySet<string>,
  dataset: ReplayDataset,
): ShardSummary[] | undefined {
  const reads = aggregatorReads(genesis.config);
  const summaries = manifest.shards.map(({ shard, count }): ShardSummary => {
    const made = rebuilt.find((one) => one.shard === shard);
    const file = reads === 'counts' ? undefined : (made?.file ?? files.get(shard));
    const subjects = reads === 'files-and-records' ? dataset.aggregatorRecords(shard, catalogue) : undefined;
    return { shard, count: made?.count ?? count, file, subjects };
  });
  const isWhole = reads === 'counts' || summaries.every(({ file }) => file !== undefined);
  return isWhole && !dataset.hasAggregatorLostRecords() ? summaries : undefined;
}

async function filesOf(
  { shards }: ModelManifest,
  folder: string,
  asked: ReadonlySet<number>,
): Promise<Map<number, Uint8Array>> {
  const files = new Map<number, Uint8Array>();
  for (const { shard, file, digest } of shards) {
    const from = path.join(folder, file);
    if (asked.has(shard) || !existsSync(from)) continue;
    const bytes = await readFile(from);
    if (createHash('sha256').update(bytes).digest('hex') === digest) files.set(shard, Uint8Array.from(bytes));
  }
  return files;
}

function recordsPosition({ aggregator: { records } }: ModelManifest): bigint {
  if (records !== undefined) return BigInt(records.position);
  throw new VerificationError(
    'REPLAY_MANIFEST_DISAGREES',
    'the manifest does not say which records its aggregator was trained on',
  );
}
