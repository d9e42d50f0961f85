import type { ShardManifest } from '#libs/contracts';
import type { ShardResult } from '#libs/learning';
import type { VerifiedStep } from '#libs/verification';

/** Told how a replay goes on; what it hears is never part of the result. */
export interface ReplayWatcher {
  readonly onStep?: (step: VerifiedStep) => void;
  /** @param isAll whether the log was read to its end */
  readonly onEvents?: (events: number, isAll: boolean) => void;
  /** What is going to be rebuilt, as it was certified. */
  readonly onPlanned?: (shards: readonly ShardManifest[]) => void;
  /** A shard has its turn. */
  readonly onShardBegins?: (shard: number) => void;
  readonly onShard?: (result: ShardResult, done: number, of: number) => void;
  /** Shards that nobody can rebuild any more, because records of theirs were erased later. */
  readonly onLost?: (shards: readonly number[]) => void;
}
