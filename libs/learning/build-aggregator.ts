import type { Genesis, ModelConfig } from '#libs/contracts';
import { sha256, type Sha256 } from '#libs/essentials';
import { itemWeights, type WeightsSolver } from '#libs/kernels';
import type { AggregatedShard, Aggregation } from './aggregator.js';
import { aggregatorOf, engineOf } from './aggregators.js';
import { drawsOf } from './draws.js';
import { LearningError } from './learning-error.js';
import { catalogueDigest, readModelFile, writeModelFile } from './model-file.js';
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
}

/** An aggregator's job whose files are named by their digests; all of those that are named are needed. */
export interface AggregatorWork extends CatalogueLists, Pick<AggregatorJob, 'genesis'> {
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
  const { config: model, seed } = job.genesis;
  const shards = [...job.shards].sort((a, b) => a.shard - b.shard);
  if (shards.length !== model.partition.shards || shards.some(({ shard }, index) => shard !== index))
    throw new LearningError('SHARDS_INCOMPLETE', 'every shard of the line is needed, each once');
  const config = model.aggregator;
  const kind = aggregatorOf(config.kind);
  const catalogue = catalogueOfLine(model, job);
  const aggregation: Aggregation<typeof config> = {
    config,
    model,
    ...catalogue,
    shards: shards.map((shard) => aggregated(shard, job, catalogue)),
    draw: drawsOf(seed, job.hash),
    solve: job.solve ?? itemWeights,
  };
  return writeModelFile({ kind: config.kind }, kind.build(aggregation));
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
