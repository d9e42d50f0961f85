import type { Genesis } from '#libs/contracts';
import { toHex, type Sha256 } from '#libs/essentials';
import { kernelSha256 } from '#libs/kernels';
import { datasetMapOf } from './dataset-map.js';
import { drawsOf } from './draws.js';
import { checkGenesis } from './genesis.js';
import { LearningError } from './learning-error.js';
import { catalogueDigest, writeModelFile } from './model-file.js';
import { canonicalShard, datasetOf, type ShardSubject } from './shard-dataset.js';
import { trainerOf } from './sub-models.js';

/** Everything that a shard is made of (DESIGN §4.4). Arrays may come in any order. */
export interface ShardJob {
  readonly genesis: Genesis;
  /** 0 … shards − 1. */
  readonly shard: number;
  /** Ids of the catalogue's items, all of them, whoever interacted with what (DESIGN §4.3). */
  readonly items: readonly string[];
  /** The shard's subjects; `records` as packRecords makes them. A subject without records is as good as absent. */
  readonly subjects: readonly ShardSubject[];
  /** A faster SHA-256 where there is one. */
  readonly hash?: Sha256;
}

export interface ShardResult {
  readonly shard: number;
  /** Root of the dataset map over all records of the job, hex. */
  readonly datasetRoot: string;
  /** Records in the dataset map. */
  readonly count: number;
  /** The model file, safetensors. */
  readonly file: Uint8Array;
  /** SHA-256 of the file, hex. */
  readonly digest: string;
  /** SHA-256 of the parameters after each sweep, hex: where a replay diverges first. */
  readonly sweepDigests: readonly string[];
}

export type OnSweep = (progress: {
  readonly shard: number;
  readonly sweep: number;
  readonly sweeps: number;
}) => void;

/**
 * Builds one shard from nothing: the dataset root and the model file. A pure function of the job; the worker threads, the
 * main thread and the offline replay all call this one.
 *
 * @example
 * const { datasetRoot, digest } = rebuildShard({ genesis, shard: 3, items, subjects });
 * @throws LearningError SHARD_OUT_OF_RANGE, GENESIS_…, CONFIG_…, DATASET_…; KernelError
 */
export function rebuildShard(job: ShardJob, onSweep?: OnSweep): ShardResult {
  const { genesis, shard, hash = kernelSha256 } = job;
  checkGenesis(genesis);
  const { subModel, partition } = genesis.config;
  if (!Number.isInteger(shard) || shard < 0 || shard >= partition.shards)
    throw new LearningError('SHARD_OUT_OF_RANGE', 'the model line has no such shard', {
      facts: { shard, shards: partition.shards },
    });
  const canonical = canonicalShard(job.items, job.subjects);
  const datasetMap = datasetMapOf(canonical.subjects);
  const sweepDigests: string[] = [];
  const tensors = trainerOf(subModel.kind).train(
    datasetOf(canonical),
    subModel,
    drawsOf(genesis.seed, hash),
    (sweep, parameters) => {
      sweepDigests.push(toHex(hash(bytesOf(parameters))));
      onSweep?.({ shard, sweep, sweeps: subModel.sweeps });
    },
  );
  const file = writeModelFile(
    { kind: subModel.kind, catalogue: catalogueDigest(canonical.items, hash) },
    tensors,
  );
  return { shard, ...datasetMap, file, digest: toHex(hash(file)), sweepDigests };
}

function bytesOf(floats: Float32Array): Uint8Array {
  return new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength);
}
