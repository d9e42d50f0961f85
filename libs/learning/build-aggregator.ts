import type { AggregatorConfig, Genesis, ModelConfig } from '#libs/contracts';
import { sha256, type Sha256 } from '#libs/essentials';
import { itemWeights, type WeightsSolver } from '#libs/kernels';
import type { AggregatedShard, Aggregation, SummedShards } from './aggregator.js';
import { aggregatorOf, engineOf } from './aggregators.js';
import { drawsOf } from './draws.js';
import { LearningError } from './learning-error.js';
import { catalogueDigest, draftModelFile, readModelFile, writeModelFile } from './model-file.js';
import type { Tensor, TensorDraft } from './safetensors.js';
import {
  canonicalShard,
  catalogueOfLine,
  datasetOf,
  type CanonicalCatalogue,
  type CatalogueLists,
  type ShardSubject,
} from './shard-dataset.js';
import { trainerOf } from './sub-models.js';

/** One shard as the aggregator's job carries it. */
export interface ShardSummary {
  readonly shard: number;
  /** Records in the shard. */
  readonly count: number;
  /** The shard's model file; needed unless the kind reads counts only. */
  readonly file?: Uint8Array;
  /** The shard's records that are present now, in any order; needed where the kind reads records. */
  readonly subjects?: readonly ShardSubject[];
}

/** Everything that an aggregator is made of. Arrays may come in any order. */
export interface AggregatorJob extends CatalogueLists {
  readonly genesis: Pick<Genesis, 'seed' | 'config'>;
  /** All shards of the line. */
  readonly shards: readonly ShardSummary[];
  /** A faster SHA-256 where there is one. */
  readonly hash?: Sha256;
  /** A faster solver where there is one, with the same bits. */
  readonly solve?: WeightsSolver;
  /** Memory of the file and of what is solved, zeros: such as threads share. */
  readonly allocate?: (bytes: number) => ArrayBufferLike;
  /** By sumShards, or of an aggregator before; the files of those shards need not be given. */
  readonly summed?: SummedShards;
  /** Told what all shards add up to, for the next aggregator to begin with. */
  readonly onSummed?: (summed: SummedShards) => void;
}

/** An aggregator's job whose files are named by their digests; all of those that are named are needed. */
export interface AggregatorWork extends CatalogueLists, Pick<AggregatorJob, 'genesis' | 'summed'> {
  readonly shards: readonly (Omit<ShardSummary, 'file'> & { readonly digest?: string })[];
}

/** What the job of a line's aggregator has to bring. */
export function aggregatorReads({
  aggregator,
}: Pick<ModelConfig, 'aggregator'>): 'counts' | 'files' | 'files-and-records' {
  return aggregatorOf(aggregator.kind).reads;
}

/** Whether building a line's aggregator takes a solver: then a faster one is worth bringing. */
export function aggregatorSolves({ aggregator }: Pick<ModelConfig, 'aggregator'>): boolean {
  return aggregatorOf(aggregator.kind).solves === true;
}

/** Whether sumShards does something for a line's aggregator. */
export function aggregatorAdds({ aggregator }: Pick<ModelConfig, 'aggregator'>): boolean {
  return aggregatorOf(aggregator.kind).sum !== undefined;
}

/** To be awaited once before buildAggregator: some kinds load an engine. @throws LearningError ENGINE_… */
export async function aggregatorReady({ aggregator }: Pick<ModelConfig, 'aggregator'>): Promise<void> {
  await engineOf(aggregator)?.ready();
}

/**
 * Builds the aggregator's file from all shards of a line. It has to be built anew whenever a shard was (DESIGN §4.7).
 *
 * @example
 * await aggregatorReady(genesis.config);
 * const file = buildAggregator({ genesis, items, shards: results }); // safetensors
 * @throws LearningError SHARDS_INCOMPLETE, AGGREGATOR_INPUT_MISSING, CONFIG_AGGREGATOR_UNKNOWN, SAFETENSORS_…, MODEL_…, DATASET_…
 */
export function buildAggregator(job: AggregatorJob): Uint8Array {
  const { config: model } = job.genesis;
  const shards = [...job.shards].sort((a, b) => a.shard - b.shard);
  if (shards.length !== model.partition.shards || shards.some(({ shard }, index) => shard !== index))
    throw new LearningError('SHARDS_INCOMPLETE', 'every shard of the line is needed, each once');
  const config = model.aggregator;
  const kind = aggregatorOf(config.kind);
  const head = { kind: config.kind };
  let draft: TensorDraft | undefined;
  const { allocate, ...aggregation } = aggregationOf(job, shards);
  let others: readonly Tensor[] = [];
  const room: Aggregation<typeof config>['room'] = (lacking, beside) => {
    draft = draftModelFile(head, lacking, (others = beside), allocate);
    return draft?.data;
  };
  const summed = kind.sum && {
    shards: shards.map(({ shard }) => shard),
    counts: kind.sum({ ...aggregation, allocate }),
  };
  if (summed !== undefined) job.onSummed?.(summed);
  const tensors = kind.build({ ...aggregation, allocate, room, summed });
  const isInPlace = (tensor: Tensor): boolean => tensor.data === draft?.data || others.includes(tensor);
  return draft !== undefined && tensors.length === others.length + 1 && tensors.every(isInPlace)
    ? draft.file
    : writeModelFile(head, tensors);
}

/**
 * Adds up some shards of a line whose aggregator adds up all of them: what stays as it is can be added while the others are rebuilt.
 *
 * @param without shards of what the job has summed already, as they were added
 * @throws LearningError AGGREGATOR_INPUT_MISSING, SAFETENSORS_…, MODEL_…
 */
export function sumShards(job: AggregatorJob, without: readonly ShardSummary[] = []): SummedShards {
  const { sum } = aggregatorOf(job.genesis.config.aggregator.kind);
  if (sum === undefined) throw new TypeError('the aggregator of this line does not add up its shards');
  const aggregation = aggregationOf(job, job.shards);
  const gone = aggregationOf(job, without).shards;
  const isGone = (shard: number): boolean => without.some((one) => one.shard === shard);
  const all = [...(job.summed?.shards ?? []), ...job.shards.map(({ shard }) => shard)];
  return {
    shards: all.filter((shard) => !isGone(shard)),
    counts: sum({ ...aggregation, without: gone }),
  };
}

function aggregationOf(job: AggregatorJob, shards: readonly ShardSummary[]): Aggregation<AggregatorConfig> {
  const { config: model, seed } = job.genesis;
  const catalogue = catalogueOfLine(model, job);
  const { hash, solve = itemWeights, allocate = (bytes) => new ArrayBuffer(bytes), summed } = job;
  return {
    config: model.aggregator,
    model,
    ...catalogue,
    shards: shards.map((shard) => aggregated(shard, job, catalogue)),
    draw: drawsOf(seed, hash),
    solve,
    allocate,
    summed,
  };
}

/** A shard whose parts are read when the aggregator asks for them. */
function aggregated(
  { shard, count, file, subjects }: ShardSummary,
  { genesis: { seed, config }, hash = sha256 }: AggregatorJob,
  catalogue: CanonicalCatalogue,
): AggregatedShard {
  const missing = (what: string): never => {
    throw new LearningError('AGGREGATOR_INPUT_MISSING', `the aggregator needs the ${what} of every shard`, {
      facts: { shard },
    });
  };
  return {
    shard,
    count,
    get tensors() {
      const { kind } = config.subModel;
      const digest = catalogueDigest(catalogue, hash);
      return readModelFile(file ?? missing('model file'), { kind, catalogue: digest });
    },
    get dataset() {
      return datasetOf(canonicalShard(catalogue, subjects ?? missing('records')));
    },
    open() {
      const { subModel } = config;
      const opening = { config: subModel, ...catalogue, draw: drawsOf(seed, hash), shard };
      return trainerOf(subModel.kind).open(this.tensors, opening);
    },
  };
}
