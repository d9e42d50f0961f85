import type { KernelError } from '#libs/kernels';
import type { LearningError, ModelFiles } from '#libs/learning';

/** A version whose answers are wanted; `id` is its own in this process, so that a thread opens it once. */
export interface RankedModel {
  readonly id: number;
  /** `items` in catalogue order. */
  readonly files: ModelFiles;
}

/** People who ask, on memory that all threads read. Person p has present[offsets[p] … offsets[p + 1]). */
export interface PackedQueries {
  readonly offsets: Uint32Array;
  /** Catalogue indices, of each person ascending, each once. */
  readonly present: Uint32Array;
  /** Of each person the indices of the features that they have stated; absent where that was not read. */
  readonly features?: readonly Uint32Array[];
  /** Beside `present`: how many of the person's others were met later; absent where nobody knows. */
  readonly recency?: Uint32Array;
  /** Shards of the line, and of each person the records in each of them. */
  readonly shards: number;
  readonly recordsPerShard: Uint32Array;
}

export interface RankingTask {
  readonly model: RankedModel;
  readonly queries: PackedQueries;
  /** Some of the people, and the place of the first of them in the queries. */
  readonly subjects: readonly string[];
  readonly from: number;
  readonly k: number;
  /** The only shard that is asked; all of them where absent. */
  readonly shard?: number;
}

export type RankingAnswer =
  | { readonly ranked: Uint32Array }
  | {
      readonly refusal: Pick<KernelError | LearningError, 'name' | 'code' | 'message' | 'facts' | 'nextStep'>;
    };
