import type { ModelFiles } from '#libs/contracts';
import type { AggregatorWork, ShardWork, TrainedShard } from '#libs/learning';
import { aggregatorJobOf, shardJobOf, storeShard } from './job-files.js';
import type { TrainingPool } from './training-pool.js';

/** Makes the parts of versions in threads of this process. */
export class LocalTrainer {
  /** Files that the next aggregator is going to read. */
  private ahead = new Map<string, Promise<Uint8Array>>();

  constructor(
    private readonly pool: Pick<TrainingPool, 'train' | 'aggregate'>,
    private readonly files: Pick<ModelFiles, 'get' | 'put'>,
  ) {}

  /** @throws as TrainingPool and ModelFiles do, and what `map` throws */
  async train(
    work: ShardWork,
    _ticket: unknown,
    { map }: { readonly map: () => unknown },
  ): Promise<TrainedShard> {
    const beside = { meanwhile: () => void map() };
    return storeShard(await this.pool.train(() => shardJobOf(work, this.files), beside), this.files);
  }

  /** @throws as TrainingPool and ModelFiles do */
  async aggregate(work: AggregatorWork): Promise<string> {
    const read = (digest: string): Promise<Uint8Array> => this.ahead.get(digest) ?? this.files.get(digest);
    const file = await this.pool.aggregate(async () => {
      const job = await aggregatorJobOf(work, read);
      this.ahead = new Map();
      return job;
    });
    return this.files.put(file);
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
}
