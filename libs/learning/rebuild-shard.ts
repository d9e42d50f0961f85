import type { CheckpointManifest, Genesis, ModelConfig, SliceWork, SubModelConfig } from '#libs/contracts';
import { toHex, type Sha256 } from '#libs/essentials';
import { kernelSha256 } from '#libs/kernels';
import { datasetMapOf, type DatasetMap } from './dataset-map.js';
import { drawsOf } from './draws.js';
import { checkGenesis } from './genesis.js';
import { LearningError } from './learning-error.js';
import {
  catalogueDigest,
  readModelFile,
  revisedModelFile,
  writeModelFile,
  type ModelFileHead,
} from './model-file.js';
import { canRevise, reviseShard, type PreviousShard } from './revise-shard.js';
import {
  canonicalShard,
  catalogueOfLine,
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
  /**
   * In a line with slices: checkpoints of an earlier version of this shard, from the first slice on, made with this genesis and this
   * catalogue. Training goes on from the last of them below which no slice's records have changed; the bytes are the same without.
   */
  readonly checkpoints?: readonly KeptCheckpoint[];
  /**
   * Where the kind of sub-model can be revised: an earlier version, from which the shard is then made by what has changed. The bytes are
   * the same without.
   */
  readonly previous?: PreviousShard;
  /** A faster SHA-256 where there is one. */
  readonly hash?: Sha256;
}

export interface KeptCheckpoint extends CheckpointManifest {
  readonly file: Uint8Array;
}

/** The model after a slice. */
export interface SliceCheckpoint extends CheckpointManifest {
  /** Absent where it is the one that the job brought. */
  readonly file?: Uint8Array;
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
  /** One for each slice but the last. */
  readonly checkpoints: readonly SliceCheckpoint[];
  /** What going on from a checkpoint or from an earlier version has spared. */
  readonly work: SliceWork;
}

/** A shard's job whose files are named by their digests. One that is missing costs time, and nothing else. */
export interface ShardWork extends Omit<ShardJob, 'checkpoints' | 'previous' | 'hash'> {
  readonly checkpoints: readonly CheckpointManifest[];
  readonly previous?: Omit<PreviousShard, 'file'>;
}

/** A shard that was rebuilt, with its files in the store of model files. */
export interface TrainedShard extends Omit<ShardResult, 'file' | 'checkpoints'> {
  readonly checkpoints: readonly CheckpointManifest[];
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
 * @throws LearningError SHARD_OUT_OF_RANGE, SLICE_OUT_OF_RANGE, GENESIS_…, CONFIG_…, DATASET_…, MODEL_…; KernelError
 */
export function rebuildShard(job: ShardJob, onRound?: OnRound): ShardResult {
  checkGenesis(job.genesis);
  checkShard(job);
  const canonical = canonicalShard(catalogueOfLine(job.genesis.config, job), job.subjects);
  return revisedShard(job, canonical) ?? trainedShard(job, canonical, onRound);
}

/** The shard from an earlier version of it; undefined where there is none, or it was made of other records. */
function revisedShard(
  { genesis: { config }, shard, previous, hash = kernelSha256 }: ShardJob,
  canonical: CanonicalShard,
): ShardResult | undefined {
  if (previous === undefined || !canRevise(config)) return undefined;
  const head = headOf(config.subModel.kind, canonical, hash);
  try {
    const { map, kept, tensors } = reviseShard(canonical, previous, { config: config.subModel, head, hash });
    const file = revisedModelFile(previous.file, head, tensors);
    const work = { all: map.count, saved: kept };
    return { shard, ...map, file, digest: toHex(hash(file)), roundDigests: [], checkpoints: [], work };
  } catch (refusal) {
    if (refusal instanceof LearningError) return undefined; // whatever it was, training anew meets it again or is right without it
    throw refusal;
  }
}

function headOf(kind: SubModelConfig['kind'], catalogue: CanonicalShard, hash: Sha256): ModelFileHead {
  return { kind, catalogue: catalogueDigest(catalogue, hash) };
}

function trainedShard(job: ShardJob, canonical: CanonicalShard, onRound?: OnRound): ShardResult {
  const { genesis, shard, hash = kernelSha256 } = job;
  const { slices = 1 } = genesis.config;
  const { bySlice, ...datasetMap } = datasetMapOf(canonical.subjects, slices);
  const kept = unchanged(job.checkpoints ?? [], bySlice);
  const roundDigests: string[] = [];
  const rounds =
    trainerOf(genesis.config.subModel.kind).rounds(genesis.config.subModel) * (slices - kept.length);
  const trained = trainSlices(job, canonical, kept, hash, (parameters) => {
    roundDigests.push(toHex(hash(bytesOf(parameters))));
    onRound?.({ shard, round: roundDigests.length, rounds });
  });
  const { file, digest } = trained[trained.length - 1];
  const checkpoints = [
    ...kept.map(({ datasetRoot, digest: known }) => ({ datasetRoot, digest: known })),
    ...trained
      .slice(0, -1)
      .map((one, at) => ({ datasetRoot: bySlice[kept.length + at].datasetRoot, ...one })),
  ];
  return {
    shard,
    ...datasetMap,
    file,
    digest,
    roundDigests,
    checkpoints,
    work: workOf(bySlice, kept.length),
  };
}

/** Digests of the rounds over all records: of the last slice, which every rebuild trains. */
export function lastRounds(
  { roundDigests }: Pick<ShardResult, 'roundDigests'>,
  { subModel }: ModelConfig,
): readonly string[] {
  return roundDigests.slice(-trainerOf(subModel.kind).rounds(subModel));
}

/** The checkpoints that training on these very slices would give again: those before the first slice with other records. */
function unchanged(
  checkpoints: readonly KeptCheckpoint[],
  bySlice: readonly DatasetMap[],
): readonly KeptCheckpoint[] {
  const changed = checkpoints.findIndex(
    ({ datasetRoot }, slice) => datasetRoot !== bySlice[slice].datasetRoot,
  );
  return changed < 0 ? checkpoints : checkpoints.slice(0, changed);
}

/** The model after each slice that is left to train, the last being the shard's. */
function trainSlices(
  { genesis }: ShardJob,
  canonical: CanonicalShard,
  kept: readonly KeptCheckpoint[],
  hash: Sha256,
  afterRound: AfterRound,
): { file: Uint8Array; digest: string }[] {
  const { subModel: config, slices = 1 } = genesis.config;
  const trainer = trainerOf(config.kind);
  const head = headOf(config.kind, canonical, hash);
  const draw = drawsOf(genesis.seed, hash);
  const last = kept.at(-1);
  let start = last && readModelFile(last.file, head);
  const models: { file: Uint8Array; digest: string }[] = [];
  for (let upTo = kept.length + 1; upTo <= slices; upTo++) {
    const dataset = datasetOf(canonical, { slices, upTo });
    start = trainer.train({ dataset, config, draw, start, afterRound });
    const file = writeModelFile(head, start);
    models.push({ file, digest: toHex(hash(file)) });
  }
  return models;
}

/** A slice trains on its own records and on those of the slices below it. */
function workOf(bySlice: readonly DatasetMap[], resumed: number): SliceWork {
  let records = 0;
  const seen = bySlice.map(({ count }) => (records += count));
  const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
  return { all: sum(seen), saved: sum(seen.slice(0, resumed)) };
}

function checkShard({ genesis, shard, checkpoints = [] }: ShardJob): void {
  const { partition, slices = 1 } = genesis.config;
  if (!Number.isInteger(shard) || shard < 0 || shard >= partition.shards)
    throw new LearningError('SHARD_OUT_OF_RANGE', 'the model line has no such shard', {
      facts: { shard, shards: partition.shards },
    });
  if (checkpoints.length >= slices)
    throw new LearningError('SLICE_OUT_OF_RANGE', 'there are more checkpoints than slices to go on to', {
      facts: { slices, checkpoints: checkpoints.length },
    });
}

function bytesOf(floats: Float32Array): Uint8Array {
  return new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength);
}
