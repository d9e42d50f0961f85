import { LearningError, type ModelFiles } from '#libs/learning';

/** A version whose answers are wanted; `id` is its own in this process, so that a thread opens it once. */
export interface RankedModel {
  readonly id: number;
  /** `items` in catalogue order. */
  readonly files: ModelFiles;
}

/** People who ask. Person p has present[offsets[p] … offsets[p + 1]). */
export interface PackedQueries {
  readonly subjects: readonly string[];
  readonly offsets: Uint32Array;
  /** Catalogue indices, in the order of the person's records. */
  readonly present: Uint32Array;
  readonly isInOrder: boolean;
  /** Shards of the line, and of each person the records in each of them. */
  readonly shards: number;
  readonly recordsPerShard: Uint32Array;
}

export interface RankingTask {
  readonly model: RankedModel;
  readonly queries: PackedQueries;
  /** People [from, to) of the queries. */
  readonly from: number;
  readonly to: number;
  readonly k: number;
  /** The only shard that is asked; all of them where absent. */
  readonly shard?: number;
}

export type RankingAnswer =
  | { readonly ranked: Uint32Array }
  | { readonly refusal: Pick<LearningError, 'code' | 'message' | 'facts' | 'nextStep'> };

/** Stands where a person gets fewer than k items. */
export const NO_ITEM = 0xffffffff;
