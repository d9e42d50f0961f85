import type { Genesis } from '#libs/contracts';
import { toHex, type Sha256 } from '#libs/essentials';
import { kernelSha256 } from '#libs/kernels';
import { datasetMapOf } from './dataset-map.js';
import { drawsOf } from './draws.js';
import { checkGenesis } from './genesis.js';
import { LearningError } from './learning-error.js';
import { catalogueDigest, readModelFile, writeModelFile } from './model-file.js';
import {
  canonicalCatalogue,
  canonicalShard,
  datasetOf,
  type CanonicalShard,
  type CatalogueLists,
  type ShardSubject,
} from './shard-dataset.js';
import type { AfterRound } from './sub-model.js';
import { trainerOf } from './sub-models.js';

/** Everything that a shard is made of (DESIGN §4.4). Arrays may come in any order. */
export interface ShardJob extends CatalogueLists {
  readonly genesis: Genesis;
  /** 0 … shards − 1. */
  readonly shard: number;
  /** The shard's subjects; `records` as packRecords makes them. A subject without records is as good as absent. */
  readonly subjects: readonly ShardSubject[];
  /** Where to go on from in a line with slices: what training on the first `slices` slices of these very records has given. */
  readonly resume?: { readonly slices: number; readonly checkpoint: Uint8Array };
  /** A faster SHA-256 where there is one. */
  readonly hash?: Sha256;
}

/** The model after some of its slices. */
export interface SliceCheckpoint {
  /** Slices that it has seen: 1 … slices − 1. */
  readonly slices: number;
  readonly file: Uint8Array;
  /** SHA-256 of the file, hex. */
  readonly digest: string;
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
  /** SHA-256 of the parameters after each round of the slices that were trained, hex: where a replay diverges first. */
  readonly roundDigests: readonly string[];
  /** One for each slice that was trained, but the last. */
  readonly checkpoints: readonly SliceCheckpoint[];
}

export type OnRound = (progress: {
  readonly shard: number;
  readonly round: number;
  readonly rounds: number;
}) => void;

/**
 * Builds one shard from nothing, or from a checkpoint of its first slices: the dataset root and the model file. A pure function of
 * the job; the worker threads, the main thread and the offline replay all call this one.
 *
 * @example
 * const { datasetRoot, digest } = rebuildShard({ genesis, shard: 3, items, subjects });
 * @throws LearningError SHARD_OUT_OF_RANGE, SLICE_OUT_OF_RANGE, GENESIS_…, CONFIG_…, DATASET_…; KernelError
 */
export function rebuildShard(job: ShardJob, onRound?: OnRound): ShardResult {
  const { genesis, shard, hash = kernelSha256 } = job;
  checkGenesis(genesis);
  checkShard(job);
  const canonical = canonicalShard(canonicalCatalogue(job), job.subjects);
  const datasetMap = datasetMapOf(canonical.subjects);
  const roundDigests: string[] = [];
  const rounds = roundsOf(job);
  const models = sliceModels(job, canonical, hash, (parameters) => {
    roundDigests.push(toHex(hash(bytesOf(parameters))));
    onRound?.({ shard, round: roundDigests.length, rounds });
  });
  const files = models.map((one) => ({ ...one, digest: toHex(hash(one.file)) }));
  const { file, digest } = files[files.length - 1];
  return { shard, ...datasetMap, file, digest, roundDigests, checkpoints: files.slice(0, -1) };
}

/** The model after each slice that is left to train, the last being the shard's. */
function sliceModels(
  { genesis, resume }: ShardJob,
  canonical: CanonicalShard,
  hash: Sha256,
  afterRound: AfterRound,
): { slices: number; file: Uint8Array }[] {
  const { subModel: config, slices = 1 } = genesis.config;
  const trainer = trainerOf(config.kind);
  const head = { kind: config.kind, catalogue: catalogueDigest(canonical.items, hash) };
  const draw = drawsOf(genesis.seed, hash);
  let start = resume && readModelFile(resume.checkpoint, head);
  const models: { slices: number; file: Uint8Array }[] = [];
  for (let upTo = (resume?.slices ?? 0) + 1; upTo <= slices; upTo++) {
    const dataset = datasetOf(canonical, { slices, upTo });
    start = trainer.train({ dataset, config, draw, start, afterRound });
    models.push({ slices: upTo, file: writeModelFile(head, start) });
  }
  return models;
}

function roundsOf({ genesis: { config }, resume }: ShardJob): number {
  const left = (config.slices ?? 1) - (resume?.slices ?? 0);
  return trainerOf(config.subModel.kind).rounds(config.subModel) * left;
}

function checkShard({ genesis, shard, resume }: ShardJob): void {
  const { partition, slices = 1 } = genesis.config;
  if (!Number.isInteger(shard) || shard < 0 || shard >= partition.shards)
    throw new LearningError('SHARD_OUT_OF_RANGE', 'the model line has no such shard', {
      facts: { shard, shards: partition.shards },
    });
  if (
    resume !== undefined &&
    !(Number.isInteger(resume.slices) && resume.slices >= 1 && resume.slices < slices)
  )
    throw new LearningError('SLICE_OUT_OF_RANGE', 'there is no such slice to go on from', {
      facts: { slices, resumed: resume.slices },
    });
}

function bytesOf(floats: Float32Array): Uint8Array {
  return new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength);
}
