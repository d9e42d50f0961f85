import { ModelScorer, type RecommendationQuery } from '#libs/learning';
import { NO_ITEM, type PackedQueries, type RankedModel, type RankingTask } from './ranking-message.js';

interface Opened {
  readonly id: number;
  readonly scorer: ModelScorer;
  readonly indexOf: ReadonlyMap<string, number>;
}

/**
 * Ranks all items for some people, those of their present records masked, by the very scorer that serves. Keeps the version that it
 * was asked about last.
 */
export class Ranker {
  private opened: Opened | undefined;

  /** Catalogue indices, k a person, best first. @throws LearningError */
  rank({ model, queries, from, to, k, shard }: RankingTask): Uint32Array {
    const { scorer, indexOf } = this.open(model);
    const quarantinedShards = shard === undefined ? undefined : allBut(shard, queries.shards);
    const ranked = new Uint32Array((to - from) * k).fill(NO_ITEM);
    for (let person = from; person < to; person++) {
      const query = queryOf(queries, person, scorer.items);
      const top = scorer.recommend({ ...query, exclude: new Set(query.present), k, quarantinedShards });
      top.forEach(({ item }, rank) => (ranked[(person - from) * k + rank] = indexOf.get(item)!));
    }
    return ranked;
  }

  private open({ id, files }: RankedModel): Opened {
    if (this.opened?.id === id) return this.opened;
    const scorer = new ModelScorer(files);
    this.opened = { id, scorer, indexOf: new Map(scorer.items.map((item, index) => [item, index])) };
    return this.opened;
  }
}

/** What one of the people asks. */
export function queryOf(
  { subjects, offsets, present, isInOrder, shards, recordsPerShard }: PackedQueries,
  person: number,
  items: readonly string[],
): Omit<RecommendationQuery, 'exclude' | 'k'> & { readonly present: readonly string[] } {
  return {
    subject: subjects[person],
    present: Array.from(present.subarray(offsets[person], offsets[person + 1]), (index) => items[index]),
    inOrderOfTime: isInOrder,
    recordsPerShard: recordsPerShard.subarray(person * shards, (person + 1) * shards),
  };
}

function allBut(shard: number, shards: number): ReadonlySet<number> {
  return new Set(Array.from({ length: shards }, (_, at) => at).filter((at) => at !== shard));
}
