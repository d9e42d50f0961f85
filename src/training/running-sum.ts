import type { AggregatorJob, AggregatorWork, ShardSummary, SummedShards } from '#libs/learning';
import { aggregatorAdds } from '#libs/learning';
import { aggregatorJobOf } from './job-files.js';
import type { TrainingPool } from './training-pool.js';

const KEPT = 64 * 2 ** 20; // bytes: of 5,790 items that recommend each other

interface Sum<Summed> {
  /** What besides the shards decides it. */
  readonly about: string;
  readonly digests: ReadonlyMap<number, string>;
  readonly summed: Summed;
}

/**
 * What the shards of the last aggregator add up to, where its kind adds them. Of the next one, most shards are the same: what has changed is
 * taken away, or where no sum was kept the shards that stay are added up, while the others are rebuilt. Sums are of whole numbers, so that
 * it is the same either way; what is kept is of files that were verified when they were read, and known by their digests.
 */
export class RunningSum {
  private last: Sum<SummedShards> | undefined;
  private next: Sum<Promise<SummedShards | undefined>> | undefined;

  constructor(
    private readonly pool: Pick<TrainingPool, 'sum'>,
    private readonly read: (digest: string) => Promise<Uint8Array>,
  ) {}

  /**
   * @param work with the shards that stay
   * @returns settles when files are not read any more; undefined where it does not begin with a sum, or no thread is free to make it
   */
  begin(work: AggregatorWork): Promise<unknown> | undefined {
    if (!aggregatorAdds(work.genesis.config)) return undefined;
    const about = contextOf(work);
    const digests = digestsOf(work);
    const begun = this.fromLast(about, digests, work) ?? this.fromNothing(work);
    const summed = begun?.catch(() => undefined); // what is wrong, the aggregator's job tells
    this.next = summed && { about, digests, summed };
    return summed;
  }

  /** The sum of some shards of the work, if one was begun with; to be asked for once. */
  async take(work: AggregatorWork): Promise<SummedShards | undefined> {
    const { next } = this;
    this.next = undefined;
    if (next?.about !== contextOf(work) || !isWithin(next.digests, digestsOf(work))) return undefined;
    return next.summed;
  }

  keep(work: AggregatorWork, summed: SummedShards): void {
    if (summed.counts.byteLength > KEPT) return;
    this.last = { about: contextOf(work), digests: digestsOf(work), summed };
  }

  forget(): void {
    this.last = undefined;
    this.next = undefined;
  }

  private fromNothing(work: AggregatorWork): Promise<SummedShards> | undefined {
    return this.pool.sum(() => aggregatorJobOf(work, this.read));
  }

  private fromLast(
    about: string,
    stay: ReadonlyMap<number, string>,
    work: AggregatorWork,
  ): Promise<SummedShards> | undefined {
    const { last } = this;
    if (last?.about !== about || !isWithin(stay, last.digests)) return undefined;
    const gone = [...last.digests].filter(([shard]) => !stay.has(shard));
    if (gone.length > stay.size) return undefined;
    const job: AggregatorJob = { ...work, shards: [], summed: last.summed };
    const taken = ([shard, digest]: [number, string]): Promise<ShardSummary> =>
      this.read(digest).then((file) => ({ shard, count: 0, file }));
    const sum = this.pool.sum(
      () => Promise.resolve(job),
      () => Promise.all(gone.map(taken)),
    );
    if (sum !== undefined) this.last = undefined; // its memory is used up
    return sum;
  }
}

function digestsOf({ shards }: AggregatorWork): ReadonlyMap<number, string> {
  return new Map(shards.flatMap(({ shard, digest }) => (digest === undefined ? [] : [[shard, digest]])));
}

/** The line's configuration and the catalogue, which say what a shard's counts are of. */
function contextOf({ genesis, items, categories, features }: AggregatorWork): string {
  return JSON.stringify([genesis.config, items, categories, features]);
}

function isWithin(some: ReadonlyMap<number, string>, all: ReadonlyMap<number, string>): boolean {
  return [...some].every(([shard, digest]) => all.get(shard) === digest);
}
