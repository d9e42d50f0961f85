import type { ModelConfig } from '#libs/contracts';
import type { OpenAggregator } from './aggregator.js';
import { aggregatorOf } from './aggregators.js';
import { LearningError } from './learning-error.js';
import { catalogueDigest, readModelFile } from './model-file.js';
import { canonicalItems, itemIndex, presentItems } from './shard-dataset.js';
import type { OpenSubModel } from './sub-model.js';
import { trainerOf } from './sub-models.js';
import { topK } from './top-k.js';

/** The files of a published version. */
export interface ModelFiles {
  readonly config: ModelConfig;
  /** Items of the version's catalogue, in any order. */
  readonly items: readonly string[];
  /** One model file a shard, in order. */
  readonly shards: readonly Uint8Array[];
  readonly aggregator: Uint8Array;
}

export interface RecommendationQuery {
  /** Items of the person's present records; items outside the version's catalogue are passed over. */
  readonly present: Iterable<string>;
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
  private readonly shards: readonly OpenSubModel[];
  private readonly aggregator: OpenAggregator;

  /** @throws LearningError SHARDS_INCOMPLETE, SAFETENSORS_…, MODEL_… */
  constructor({ config, items, shards, aggregator }: ModelFiles) {
    const { partition, subModel, aggregator: mix } = config;
    if (shards.length !== partition.shards)
      throw new LearningError('SHARDS_INCOMPLETE', 'a version has one model file for each shard', {
        facts: { expected: partition.shards, found: shards.length },
      });
    this.items = canonicalItems(items);
    this.indexOf = itemIndex(this.items);
    const catalogue = catalogueDigest(this.items);
    this.shards = shards.map((file) =>
      trainerOf(subModel.kind).open(
        readModelFile(file, { kind: subModel.kind, catalogue }),
        this.items.length,
        subModel,
      ),
    );
    this.aggregator = aggregatorOf(mix.kind).open(
      readModelFile(aggregator, { kind: mix.kind }),
      partition.shards,
    );
  }

  /**
   * The k best items, best first, ties by item id. Fewer where the catalogue has no more, none where no shard can be asked or the
   * person has no record to go by.
   *
   * @throws LearningError TOP_K_OUT_OF_RANGE
   */
  recommend({ present, exclude, k, quarantinedShards }: RecommendationQuery): Recommendation[] {
    if (!Number.isInteger(k) || k < 1)
      throw new LearningError('TOP_K_OUT_OF_RANGE', 'k must be a whole number from 1', { facts: { k } });
    const scores = this.scores(present, quarantinedShards);
    if (scores === undefined) return [];
    const allowed = (index: number): boolean => !exclude.has(this.items[index]);
    return topK(scores, k, allowed).map((index) => ({ item: this.items[index], score: scores[index] }));
  }

  /** Score of every item, in the order of `items`; undefined where nothing can be said. */
  scores(
    present: Iterable<string>,
    quarantinedShards: ReadonlySet<number> = new Set(),
  ): Float32Array | undefined {
    const indices = presentItems(
      Array.from(present, (item) => ({ item })),
      this.indexOf,
    );
    if (indices.length === 0) return undefined;
    return this.aggregator.combine(
      this.shards.map((shard, index) => (quarantinedShards.has(index) ? undefined : shard.score(indices))),
    );
  }
}
