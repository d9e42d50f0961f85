import { types } from 'node:util';
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
  /** What the sum that was begun last reads of them, and when it has done so. */
  private lent = new Set<string>();
  private begun: Promise<unknown> | undefined;
  private readonly underWay = new PartsUnderWay();

  constructor(
    private readonly pool: Pick<TrainingPool, 'train' | 'aggregate' | 'sum'>,
    private readonly files: Pick<ModelFiles, 'get' | 'put'>,
  ) {
    this.sum = new RunningSum(pool, (digest) => this.lend(digest));
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
        this.ahead.set(result.digest, Promise.resolve(forAnotherThread(result.file)));
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

  /**
   * Begins with the shards of the next aggregator that stay: adds them up, or at least reads them. What the next shards go on from is to be
   * read ahead first: then it is read once.
   */
  aggregateAhead(work: AggregatorWork): void {
    this.lent = new Set();
    this.begun = this.sum.begin(work);
    if (this.begun === undefined) this.readAhead(work.shards.flatMap(({ digest }) => digest ?? []));
  }

  /** That one is missing or damaged is said when it is asked for. */
  readAhead(digests: readonly string[]): void {
    for (const digest of digests) {
      if (this.ahead.has(digest)) continue;
      const file = this.files.get(digest, shared);
      file.catch(() => undefined);
      this.ahead.set(digest, file);
    }
  }

  async giveUp(): Promise<void> {
    this.ahead = new Map();
    this.sum.forget();
  }

  /** Once: a job takes the memory of its files along, or uses it up. */
  private async take(digest: string): Promise<Uint8Array> {
    const file = this.ahead.get(digest) ?? this.files.get(digest, shared);
    this.ahead.delete(digest);
    if (this.lent.has(digest)) await this.begun;
    return file;
  }

  /** To a sum, which only reads it, before whoever takes it. */
  private async lend(digest: string): Promise<Uint8Array> {
    const file = this.ahead.get(digest);
    if (file === undefined) return this.files.get(digest, shared);
    this.lent.add(digest);
    return forAnotherThread(await file);
  }
}

/** Files go from thread to thread without a copy, and this one may write them meanwhile. */
function shared(bytes: number): SharedArrayBuffer {
  return new SharedArrayBuffer(bytes);
}

/** What a thread is given moves there, unless it is shared, and is still to be written here. */
function forAnotherThread(file: Uint8Array): Uint8Array {
  return types.isSharedArrayBuffer(file.buffer) ? file : file.slice();
}
