import type { CheckpointManifest, ModelFiles } from '#libs/contracts';
import { isCodedError } from '#libs/essentials';
import type {
  AggregatorJob,
  AggregatorWork,
  KeptCheckpoint,
  PreviousShard,
  ShardJob,
  ShardResult,
  ShardWork,
  TrainedShard,
} from '#libs/learning';

/*
 * From work, which names files by their digests, to jobs, which hold them, and back; the same in the keeper's threads and in workers.
 */

type Reads = Pick<ModelFiles, 'get'>;

const LOST: ReadonlySet<string> = new Set(['MODEL_FILE_MISSING', 'MODEL_FILE_DAMAGED']);

/** A file of an earlier version that was lost costs time, and nothing else. */
export async function shardJobOf(
  { checkpoints, previous, ...work }: ShardWork,
  files: Reads,
): Promise<ShardJob> {
  return {
    ...work,
    checkpoints: await keptCheckpoints(checkpoints, files),
    previous: await previousShard(previous, files),
  };
}

/** @throws RegistryError MODEL_FILE_MISSING, MODEL_FILE_DAMAGED */
export async function aggregatorJobOf(
  { shards, ...work }: AggregatorWork,
  read: (digest: string) => Promise<Uint8Array>,
): Promise<AggregatorJob> {
  const summaries = shards.map(async ({ digest, ...shard }) => ({
    ...shard,
    file: digest === undefined ? undefined : await read(digest),
  }));
  return { ...work, shards: await Promise.all(summaries) };
}

/** Stores the files of a shard; what stands for them afterwards are their digests. */
export async function storeShard(result: ShardResult, files: Pick<ModelFiles, 'put'>): Promise<TrainedShard> {
  await files.put(result.file);
  for (const { file } of result.checkpoints) if (file !== undefined) await files.put(file);
  return withoutFiles(result);
}

export function withoutFiles({ checkpoints, ...result }: ShardResult): TrainedShard {
  const { shard, datasetRoot, count, digest, roundDigests, work } = result;
  const named = checkpoints.map((one) => ({ datasetRoot: one.datasetRoot, digest: one.digest }));
  return { shard, datasetRoot, count, digest, roundDigests, checkpoints: named, work };
}

async function keptCheckpoints(
  named: readonly CheckpointManifest[],
  files: Reads,
): Promise<KeptCheckpoint[]> {
  const kept: KeptCheckpoint[] = [];
  for (const checkpoint of named) {
    const file = await fileUnlessLost(checkpoint.digest, files);
    if (file === undefined) break;
    kept.push({ ...checkpoint, file });
  }
  return kept;
}

async function previousShard(
  previous: ShardWork['previous'],
  files: Reads,
): Promise<PreviousShard | undefined> {
  if (previous === undefined) return undefined;
  const file = await fileUnlessLost(previous.digest, files);
  return file && { ...previous, file };
}

async function fileUnlessLost(digest: string, files: Reads): Promise<Uint8Array | undefined> {
  try {
    return await files.get(digest);
  } catch (error) {
    if (isCodedError(error) && LOST.has(error.code)) return undefined;
    throw error;
  }
}
