import type { ModelFiles } from '#libs/contracts';
import type { AggregatorJob, AggregatorWork, ShardWork, SummedShards, TrainedShard } from '#libs/learning';
import type { JobPart } from '#libs/portal-contract';
import { aggregatorJobOf, shardJobOf, storeShard, withoutFiles } from './job-files.js';
import { PartsUnderWay } from './parts-under-way.js';
import { RunningSum } from './running-sum.js';
import type { TrainingPool } from './training-pool.js';

/** Whose part it is; absent where nobody watches. */
type Watched = { readonly rebuildId: string } | undefined;

/** What happens beside the training of a shard. */
export interface BesideTraining {
  readonly map: () => unknown;
  /** Told of the shard before its files are stored; its model file is then kept for the aggregator. */
  readonly made?: (shard: TrainedShard) => void;
}

/** Makes the parts of versions in threads of this process. */
export class LocalTrainer {
  /** Files that the next jobs are going to read. */
  private ahead = new Map<string, Promise<Uint8Array>>();
  private readonly sum: RunningSum;
  private readonly underWay = new PartsUnderWay();

  constructor(
    private readonly pool: Pick<TrainingPool, 'train' | 'aggregate' | 'sum'>,
    private readonly files: Pick<ModelFiles, 'get' | 'put'>,
  ) {
    this.sum = new RunningSum(pool, (digest) => files.get(digest));
  }

  /** @throws as TrainingPool and ModelFiles do, and what `map` throws */
  train(work: ShardWork, ticket: Watched, { map, made }: BesideTraining): Promise<TrainedShard> {
    return this.underWay.watch(ticket, work.shard, async (told) => {
      const job = () => {
        told('begun');
        return shardJobOf(work, { get: (digest) => this.take(digest) });
      };
      const result = await this.pool.train(job, { meanwhile: () => void map(), onRound: told });
      if (made !== undefined) {
        this.ahead.set(result.digest, Promise.resolve(result.file.slice())); // the original is being written meanwhile
        made(withoutFiles(result));
      }
      return storeShard(result, this.files);
    });
  }

  partsOf(rebuildId: string): JobPart[] {
    return this.underWay.of(rebuildId);
  }

  /** @throws as TrainingPool and ModelFiles do */
  aggregate(work: AggregatorWork, ticket?: Watched): Promise<string> {
    return this.underWay.watch(ticket, 'aggregator', (told) => this.build(work, () => told('begun')));
  }

  private async build(work: AggregatorWork, begun: () => void): Promise<string> {
    const job = async (): Promise<AggregatorJob> => {
      begun();
      const made = await this.jobOf(work, await this.sum.take(work));
      this.ahead = new Map();
      return made;
    };
    const file = await this.pool.aggregate(job, { onSummed: (all) => this.sum.keep(work, all) });
    return this.files.put(file);
  }

  /** Without the files of shards that are summed already. */
  private jobOf(work: AggregatorWork, summed: SummedShards | undefined): Promise<AggregatorJob> {
    const shards = work.shards.map(({ digest, ...shard }) =>
      summed?.shards.includes(shard.shard) === true ? shard : { ...shard, digest },
    );
    return aggregatorJobOf({ ...work, summed, shards }, (digest) => this.take(digest));
  }

  /** Begins with the shards of the next aggregator that stay: adds them up, or at least reads them. */
  aggregateAhead(work: AggregatorWork): void {
    if (!this.sum.begin(work)) this.readAhead(work.shards.flatMap(({ digest }) => digest ?? []));
  }

  /** That one is missing or damaged is said when it is asked for. */
  readAhead(digests: readonly string[]): void {
    for (const digest of digests) {
      if (this.ahead.has(digest)) continue;
      const file = this.files.get(digest);
      file.catch(() => undefined);
      this.ahead.set(digest, file);
    }
  }

  async giveUp(): Promise<void> {
    this.ahead = new Map();
    this.sum.forget();
  }

  /** Once: a job takes the memory of its files along. */
  private take(digest: string): Promise<Uint8Array> {
    const file = this.ahead.get(digest) ?? this.files.get(digest);
    this.ahead.delete(digest);
    return file;
  }
}
