import { ModelScorer, type Person } from '#libs/learning';
import type { PackedQueries, RankedModel, RankingTask } from './ranking-message.js';

/**
 * Ranks all items for some people, those of their present records masked, by the very scorer that serves. Keeps the version that it
 * was asked about last.
 */
export class Ranker {
  private opened: { readonly id: number; readonly scorer: ModelScorer } | undefined;

  /** Catalogue indices, k a person, best first. @throws LearningError; KernelError */
  rank({ model, queries, subjects, from, k, shard }: RankingTask): Uint32Array {
    const persons = subjects.map((subject, at) => personOf(queries, from + at, subject));
    const others = shard === undefined ? undefined : allBut(shard, queries.shards);
    return this.open(model).rankEach(persons, k, others);
  }

  private open({ id, files }: RankedModel): ModelScorer {
    if (this.opened?.id !== id) this.opened = { id, scorer: new ModelScorer(files) };
    return this.opened.scorer;
  }
}

function personOf(
  { offsets, present, features, recency, shards, recordsPerShard }: PackedQueries,
  row: number,
  subject: string,
): Person {
  const [from, to] = [offsets[row], offsets[row + 1]];
  return {
    subject,
    present: present.subarray(from, to),
    features: features?.[row],
    recency: recency?.subarray(from, to),
    recordsPerShard: recordsPerShard.subarray(row * shards, (row + 1) * shards),
  };
}

function allBut(shard: number, shards: number): ReadonlySet<number> {
  return new Set(Array.from({ length: shards }, (_, at) => at).filter((at) => at !== shard));
}
