import type { CatalogueItem } from '#libs/contracts';
import { compareBytes, utf8 } from '#libs/essentials';

/** One person's records, packed, by label. */
export interface SubjectRecords {
  readonly subject: string;
  readonly records: Uint8Array;
}

export interface ReplayedShard {
  readonly shard: number;
  /** By id, in bytes. */
  readonly subjects: readonly SubjectRecords[];
}

/** What a log says about the wanted datasets: plain data, so that it can come from another thread. */
export interface ReplayedRecords {
  /** Items on offer, as they were described, where the version took in its catalogue. */
  readonly catalogue: readonly CatalogueItem[];
  /** What each wanted shard trained on. */
  readonly shards: readonly (ReplayedShard & {
    /**
     * How many labels of the shard erasures name that came after its dataset was made. Not all of them need have been in it: the log
     * tells no more of a record that is gone than its label.
     */
    readonly erasedLater: number;
  })[];
  /** What the aggregator read of every shard; empty where it reads no records. */
  readonly aggregator: readonly ReplayedShard[];
  /** True when records that the aggregator read were erased after it was made. */
  readonly hasAggregatorLostRecords: boolean;
}

/**
 * Brings together what was folded of all the shares of one log. The order of the shares changes nothing: each person is in one of them, and
 * what is said of nobody's records is the same in all.
 *
 * @param shares at least one
 */
export function mergeReplayed(shares: readonly ReplayedRecords[]): ReplayedRecords {
  const [first] = shares;
  return {
    ...first,
    shards: first.shards.map((own, at) => ({
      ...own,
      subjects: bySubject(shares.map(({ shards }) => shards[at])),
    })),
    aggregator: first.aggregator.map(({ shard }, at) => ({
      shard,
      subjects: bySubject(shares.map(({ aggregator }) => aggregator[at])),
    })),
  };
}

function bySubject(shares: readonly ReplayedShard[]): SubjectRecords[] {
  return shares
    .flatMap(({ subjects }) => subjects)
    .map((one) => ({ one, id: utf8(one.subject) }))
    .sort((a, b) => compareBytes(a.id, b.id))
    .map(({ one }) => one);
}
