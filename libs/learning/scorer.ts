import type { ModelConfig, SubModelConfig } from '#libs/contracts';
import type { OpenAggregator, ShardAnswers } from './aggregator.js';
import { aggregatorOf } from './aggregators.js';
import { drawsOf } from './draws.js';
import { LearningError } from './learning-error.js';
import { meanOf } from './mean-aggregator.js';
import { catalogueDigest, readModelFile } from './model-file.js';
import { rankByFactors, rankByScores } from './rank-each.js';
import { catalogueOfLine, itemIndex, presentItems, type CatalogueLists } from './shard-dataset.js';
import type { OpenSubModel, Opening, Person } from './sub-model.js';
import { trainerOf } from './sub-models.js';
import { topK } from './top-k.js';

/** The files of a published version. */
export interface ModelFiles extends CatalogueLists {
  /** Of the line's genesis. */
  readonly seed: string;
  readonly config: ModelConfig;
  /**
   * One model file a shard, in order. May be left out where the aggregator answers without them (`asksShards`); while a shard is
   * quarantined they are needed all the same.
   */
  readonly shards?: readonly Uint8Array[];
  readonly aggregator: Uint8Array;
  /** Present records of each item over all people, by item id: some sub-models weigh a person's records by them when they are asked. */
  readonly degrees?: ReadonlyMap<string, number>;
}

export interface RecommendationQuery {
  /** Pseudonym; absent for a stranger. */
  readonly subject?: string;
  /** Items of the person's present records; items outside the version's catalogue are passed over. */
  readonly present: Iterable<string>;
  /** What the person has stated of themselves; features outside the version's catalogue are passed over. */
  readonly features?: Iterable<string>;
  /** Whether `present` stands in the order of time, oldest first; an item that stands twice counts where it stands last. */
  readonly inOrderOfTime?: boolean;
  /** How many of those records each shard holds, where it is known. */
  readonly recordsPerShard?: Uint32Array;
  /** Items never to be recommended. */
  readonly exclude: ReadonlySet<string>;
  readonly k: number;
  /** Shards that are not to be asked: they saw data that is being unlearned. */
  readonly quarantinedShards?: ReadonlySet<number>;
}

export interface Recommendation {
  readonly item: string;
  readonly score: number;
}

/** Whether a line is to be opened with `ModelFiles.degrees`. */
export function usesDegrees({ subModel }: Pick<ModelConfig, 'subModel'>): boolean {
  return trainerOf(subModel.kind).influences(subModel).inference.includes('present-records-and-degrees');
}

/** Whether the answers of a line need its shards' models, or its aggregator's file alone. */
export function asksShards({ aggregator }: Pick<ModelConfig, 'aggregator'>): boolean {
  return aggregatorOf(aggregator.kind).asksShards;
}

const NO_SHARDS: ReadonlySet<number> = new Set();

/**
 * Serves one published version. Every shard folds the person in on their present records, the aggregator combines; nothing
 * about the person is kept (DESIGN §4.7). The same question always has the same answer.
 *
 * @example
 * const scorer = new ModelScorer({ config: genesis.config, items, shards, aggregator });
 * const top = scorer.recommend({ present: ['260', '1196'], exclude: new Set(['260', '1196']), k: 10 });
 */
export class ModelScorer {
  readonly items: readonly string[];
  private readonly indexOf: ReadonlyMap<string, number>;
  private readonly featureIndexOf: ReadonlyMap<string, number>;
  /** Absent where they are not needed and were not given. */
  private readonly shards: readonly OpenSubModel[] | undefined;
  private readonly aggregator: OpenAggregator;
  private readonly aggregatorSawRecords: boolean;
  private readonly isMean: boolean;

  /** @throws LearningError SHARDS_INCOMPLETE, SAFETENSORS_…, MODEL_… */
  constructor(files: ModelFiles) {
    const { config, seed, shards, aggregator, degrees } = files;
    const { subModel, aggregator: mix } = config;
    checkShards(files);
    const catalogue = catalogueOfLine(config, files);
    this.items = catalogue.items;
    this.indexOf = itemIndex(this.items);
    this.featureIndexOf = itemIndex(catalogue.features);
    const opening: Omit<Opening<SubModelConfig>, 'shard'> = {
      config: subModel,
      ...catalogue,
      draw: drawsOf(seed),
      degrees: degrees && Uint32Array.from(this.items, (item) => degrees.get(item) ?? 0),
    };
    const head = { kind: subModel.kind, catalogue: catalogueDigest(catalogue) };
    const trainer = trainerOf(subModel.kind);
    this.shards = shards?.map((file, shard) =>
      trainer.open(readModelFile(file, head), { ...opening, shard }),
    );
    const kind = aggregatorOf(mix.kind);
    this.aggregatorSawRecords = kind.reads !== 'counts';
    this.isMean = mix.kind === 'mean';
    const tensors = readModelFile(aggregator, { kind: mix.kind });
    const asked = this.shards ?? [];
    this.aggregator = kind.open(tensors, { config: mix, model: config, ...catalogue, shards: asked });
  }

  /**
   * The k best items, best first, ties by item id. Fewer where the catalogue has no more, none where no shard can be asked or the
   * person has neither a record to go by nor a feature that the line takes.
   *
   * @throws LearningError TOP_K_OUT_OF_RANGE
   */
  recommend(query: RecommendationQuery): Recommendation[] {
    const { exclude, k } = query;
    if (!Number.isInteger(k) || k < 1)
      throw new LearningError('TOP_K_OUT_OF_RANGE', 'k must be a whole number from 1', { facts: { k } });
    const scores = this.scores(query);
    if (scores === undefined) return [];
    const allowed = (index: number): boolean => !exclude.has(this.items[index]);
    return topK(scores, k, allowed).map((index) => ({ item: this.items[index], score: scores[index] }));
  }

  /**
   * Score of every item, in the order of `items`; undefined where nothing can be said. While a shard is quarantined, an aggregator that
   * was trained on files or records is not asked either: the mean of the other shards takes its place.
   *
   * @throws LearningError SHARDS_INCOMPLETE where the shards are needed and the version was opened without them
   */
  scores(query: Omit<RecommendationQuery, 'exclude' | 'k'>): Float32Array | undefined {
    return this.scoresOf(this.personOf(query), query.quarantinedShards);
  }

  /**
   * For many people at once: the indices of the k best of `items` that they have not met, best first, as `recommend` lists them. Where one
   * shard alone answers by factors, one kernel ranks for all.
   *
   * @returns k a person; NO_ITEM of libs/kernels where there are no more
   * @throws KernelError K_OUT_OF_RANGE
   */
  rankEach(persons: readonly Person[], k: number, quarantinedShards = NO_SHARDS): Uint32Array {
    const asked = this.shards?.filter((_, index) => !quarantinedShards.has(index)) ?? [];
    const [{ factors }] = asked.length === 1 ? asked : [{ factors: undefined }];
    if (factors && (this.isMean || this.leavesAggregatorOut(quarantinedShards)))
      return rankByFactors(factors, persons, k);
    const scoresOf = (person: Person) => this.scoresOf(person, quarantinedShards);
    return rankByScores(scoresOf, this.items.length, persons, k);
  }

  private scoresOf(person: Person, quarantinedShards = NO_SHARDS): Float32Array | undefined {
    if (person.present.length === 0) return this.scoresByFeatures(person, quarantinedShards);
    const answers = (): ShardAnswers => this.answersOf(person, quarantinedShards);
    if (this.leavesAggregatorOut(quarantinedShards)) return meanOf(answers());
    return this.aggregator.combine(this.aggregator.readsScores ? answers() : [], person);
  }

  /** Of somebody who has met nothing yet: the mean of the shards, for aggregators have learned from people who have records. */
  private scoresByFeatures(person: Person, quarantinedShards: ReadonlySet<number>): Float32Array | undefined {
    const hasFeatures = person.features !== undefined && person.features.length > 0; // of those that the line takes
    return hasFeatures ? meanOf(this.answersOf(person, quarantinedShards)) : undefined;
  }

  private answersOf(person: Person, quarantinedShards: ReadonlySet<number>): ShardAnswers {
    return this.openShards().map((shard, index) =>
      quarantinedShards.has(index) ? undefined : shard.score(person),
    );
  }

  private openShards(): readonly OpenSubModel[] {
    return this.shards ?? shardsMissing(0);
  }

  private leavesAggregatorOut(quarantinedShards: ReadonlySet<number>): boolean {
    return this.aggregatorSawRecords && quarantinedShards.size > 0;
  }

  private personOf({
    subject,
    present,
    features = [],
    inOrderOfTime,
    recordsPerShard,
  }: Omit<RecommendationQuery, 'exclude' | 'k'>): Person {
    const met = Array.from(present, (item) => ({ item }));
    const indices = presentItems(met, this.indexOf);
    const recency = inOrderOfTime ? recencyOf(met, indices, this.indexOf) : undefined;
    const stated = Array.from(features, (item) => ({ item }));
    return {
      subject,
      present: indices,
      features: presentItems(stated, this.featureIndexOf),
      recency,
      recordsPerShard,
    };
  }
}

function checkShards({ shards, config }: Pick<ModelFiles, 'shards' | 'config'>): void {
  const found = shards?.length ?? (asksShards(config) ? 0 : config.partition.shards);
  if (found !== config.partition.shards) shardsMissing(found);
}

function shardsMissing(found: number): never {
  throw new LearningError('SHARDS_INCOMPLETE', 'the model file of each shard is needed', {
    facts: { found },
  });
}

/** Rank of each present item counted from the latest; items outside the catalogue take no rank. */
function recencyOf(
  met: readonly { readonly item: string }[],
  present: Uint32Array,
  indexOf: ReadonlyMap<string, number>,
): Uint32Array {
  const ranks = new Map<number, number>();
  for (const { item } of met.toReversed()) {
    const index = indexOf.get(item);
    if (index !== undefined && !ranks.has(index)) ranks.set(index, ranks.size);
  }
  return present.map((index) => ranks.get(index)!);
}
