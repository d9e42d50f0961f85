import type { InteractionRecord, ModelConfig } from '#libs/contracts';
import {
  gridOf,
  meanOf,
  namedRecords,
  splitDataset,
  validationSplit,
  type GridPoint,
  type Metric,
  type People,
  type Split,
} from '#libs/evaluation';
import {
  canonicalCatalogue,
  configDigest,
  strategyConfig,
  validateModelConfig,
  type StrategyChoice,
} from '#libs/learning';
import type { Partition } from '#libs/sharding';
import { nodeHmacSha256, nodeSha256 } from '#platform/crypto';
import { checkCandidates } from './candidates.js';
import { measuringDraws } from './describe-line.js';
import { evaluateLine } from './evaluate-line.js';
import { evaluatedData, type EvaluatedData } from './evaluated-data.js';
import { readDataset } from './read-dataset.js';
import { openLine } from './train-line.js';
import { openWorkshop, type Workshop } from './workshop.js';

export interface TuningOptions extends Pick<StrategyChoice, 'base'> {
  /** Folder of the dataset. */
  readonly data: string;
  readonly split: string;
  readonly strategy: string;
  readonly shards: number;
  /** Configurations are compared by NDCG at this length. */
  readonly cutoff: number;
  readonly seed: string;
  readonly threads: number;
  readonly onProgress?: (what: string) => void;
}

/** What `lacuna tune` has tried and chosen. */
export interface TuningReport {
  readonly schema: 'urn:lacuna:tuning-report:v1';
  readonly dataset: string;
  readonly strategy: string;
  /** The split whose training part was divided again; its test part was not looked at. */
  readonly split: string;
  readonly metric: Metric;
  /** People who have a record held out. */
  readonly people: number;
  readonly tried: readonly { readonly values: GridPoint['values']; readonly mean: number }[];
  readonly chosen: GridPoint['values'];
  /** What `lacuna lines start --config` takes. */
  readonly config: ModelConfig;
  readonly configDigest: string;
}

/**
 * Chooses hyper-parameters on a part of the training records that is held out. Each shard is trained on the rest of its own records
 * and measured by its own people, asked alone, so that no shard's data has a say in another's; the counts of `statistics` are one
 * model however they are sharded. Of equal means the first configuration of the grid wins.
 *
 * @throws EvaluationError, LearningError, IngestError
 */
export async function tune(options: TuningOptions): Promise<TuningReport> {
  const { strategy, base, shards, cutoff, seed, onProgress: say = () => undefined } = options;
  const config = validateModelConfig(strategyConfig(strategy, { shards, base }));
  const grid = gridOf(config);
  say('reading the data');
  const dataset = await readDataset(options.data);
  const split = splitDataset(dataset, options.split, measuringDraws);
  checkCandidates([{ name: strategy, strategy, config, configDigest: configDigest(config) }], split, dataset);
  const { partition } = openLine(config, canonicalCatalogue(dataset), seed);
  const parts = config.subModel.kind === 'gram' ? [split.train] : divided(split.train, partition, config);
  const held = validationParts(parts, split).map((part) => evaluatedData(dataset, part));
  const metric: Metric = `ndcg@${cutoff}`;
  const workshop = openWorkshop(options.threads);
  try {
    const tried: TuningReport['tried'][number][] = [];
    for (const [at, { values, config: candidate }] of grid.entries()) {
      say(`${at + 1} of ${grid.length}: ${JSON.stringify(values)}`);
      tried.push({ values, mean: await meanOver(held, candidate, { metric, cutoff, seed }, workshop) });
    }
    const best = tried.reduce((first, next, at) => (next.mean > tried[first].mean ? at : first), 0);
    return {
      schema: 'urn:lacuna:tuning-report:v1',
      dataset: dataset.name,
      strategy,
      split: split.kind,
      metric,
      people: held.reduce((sum, { tested }) => sum + tested.length, 0),
      tried,
      chosen: grid[best].values,
      config: grid[best].config,
      configDigest: configDigest(grid[best].config),
    };
  } finally {
    await workshop.close();
  }
}

/** A shard alone: the line that has no other. */
function alone(config: ModelConfig): ModelConfig {
  const aggregator = config.subModel.kind === 'gram' ? config.aggregator : ({ kind: 'mean' } as const);
  return { ...config, partition: { kind: 'by-subject', shards: 1 }, aggregator };
}

async function meanOver(
  held: readonly EvaluatedData[],
  config: ModelConfig,
  { metric, cutoff, seed }: { metric: Metric; cutoff: number; seed: string },
  workshop: Workshop,
): Promise<number> {
  const values: number[] = [];
  for (const data of held) {
    const { utility } = await evaluateLine(
      { config: alone(config), data, cutoffs: [cutoff], seed },
      workshop,
    );
    values.push(...utility.get(metric)!);
  }
  return meanOf(values);
}

/** A shard in which nobody has two records has no say. */
function validationParts(parts: readonly People[], { isInOrder }: Split): Split[] {
  const measurable = parts.filter((people) => [...people.values()].some(({ length }) => length > 1));
  return (measurable.length > 0 ? measurable : parts).map((train) =>
    validationSplit({ train, isInOrder }, measuringDraws),
  );
}

/** People's records as the shards hold them, each person's still in order. */
function divided(people: People, partition: Partition, { purpose }: ModelConfig): People[] {
  const shards = Array.from({ length: partition.shards }, () => new Map<string, InteractionRecord[]>());
  for (const [subject, records] of people)
    for (const record of namedRecords(subject, records, {
      purpose,
      hash: nodeSha256,
      hmac: nodeHmacSha256,
    })) {
      const shard = shards[partition.shardOf({ ...record, subject })];
      const own = shard.get(subject);
      if (own) own.push(record);
      else shard.set(subject, [record]);
    }
  return shards;
}
