import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { catalogueLists, type Genesis, type ModelManifest } from '#libs/contracts';
import { sha256, toHex } from '#libs/essentials';
import { aggregatorReads, countRecords, type ShardResult, type ShardSummary } from '#libs/learning';
import { replayWanted, type LostShard, type ReplayedRecords, type ReplayWanted } from '#libs/verification';
import type { TrainingPool } from '#stages/training';
import type { ReplayWatcher } from './replay-watcher.js';

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
  readonly lost: readonly LostShard[];
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
  return { genesis, manifest, wanted: replayWanted(manifest, reads, asked, files), files };
}

/** Rebuilds what was planned. */
export async function rebuildParts(
  plan: ReplayPlan,
  replayed: ReplayedRecords,
  pool: TrainingPool,
  watcher: ReplayWatcher,
): Promise<ReplayedParts> {
  const catalogue = catalogueLists(replayed.catalogue);
  const gathered = replayed.shards.map((shard) => gather(shard, plan.manifest));
  const lost = gathered.filter(({ isLost }) => isLost);
  const whole = gathered.filter(({ isLost }) => !isLost);
  if (lost.length > 0) watcher.onLost?.(lost.map(({ shard }) => shard));
  let done = 0;
  const shards = await Promise.all(
    whole.map(async ({ shard, subjects }) => {
      const result = await pool.train(async () => {
        watcher.onShardBegins?.(shard);
        return { genesis: plan.genesis, shard, ...catalogue, subjects };
      });
      watcher.onShard?.(result, ++done, whole.length);
      return result;
    }),
  );
  const summaries = summariesOf(plan, shards, replayed);
  if (summaries === undefined) return { shards, lost, aggregatorDigest: undefined };
  const file = await pool.aggregate({ genesis: plan.genesis, ...catalogue, shards: summaries });
  return { shards, lost, aggregatorDigest: toHex(sha256(file)) };
}

type ReplayedShard = ReplayedRecords['shards'][number];

/** A shard is lost when records are missing and were erased later; one that misses records without an erasure is rebuilt, and found out. */
function gather(
  replayed: ReplayedShard,
  { shards }: ModelManifest,
): ReplayedShard & LostShard & { readonly isLost: boolean } {
  const { shard, subjects, erasedLater } = replayed;
  const left = subjects.reduce((sum, { records }) => sum + countRecords(records), 0);
  const certified = shards.find((own) => own.shard === shard)!.count;
  return { ...replayed, left, isLost: left < certified && erasedLater > 0 };
}

/** Every shard as the aggregator reads it: rebuilt, or with the count and file of the manifest. Undefined when something of it is gone. */
function summariesOf(
  { genesis, manifest, files }: ReplayPlan,
  rebuilt: readonly ShardResult[],
  { aggregator, hasAggregatorLostRecords }: ReplayedRecords,
): ShardSummary[] | undefined {
  const reads = aggregatorReads(genesis.config);
  const summaries = manifest.shards.map(({ shard, count }): ShardSummary => {
    const made = rebuilt.find((one) => one.shard === shard);
    const file = reads === 'counts' ? undefined : (made?.file ?? files.get(shard));
    const read = aggregator.find((one) => one.shard === shard)?.subjects;
    return { shard, count: made?.count ?? count, file, subjects: read };
  });
  const isWhole = reads === 'counts' || summaries.every(({ file }) => file !== undefined);
  return isWhole && !hasAggregatorLostRecords ? summaries : undefined;
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
