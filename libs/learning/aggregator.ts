import type { AggregatorConfig } from '#libs/contracts';
import type { Tensor } from './safetensors.js';

/** What an aggregator may know of a shard when it is built. */
export interface ShardSummary {
  readonly shard: number;
  /** Records in the shard. */
  readonly count: number;
}

/** An aggregator that answers: from the scores of the shards to one score per item. */
export interface OpenAggregator {
  /** @param scores one entry a shard; undefined for a shard that is empty or quarantined. Undefined when none has any. */
  combine(scores: readonly (Float32Array | undefined)[]): Float32Array | undefined;
}

/** One kind of aggregator. It is a model too and is rebuilt whenever a shard is (DESIGN §4.7). */
export interface AggregatorKind<Config extends AggregatorConfig = AggregatorConfig> {
  readonly kind: Config['kind'];
  /** @param shards all shards of the line, in order */
  build(config: Config, shards: readonly ShardSummary[]): Tensor[];
  open(tensors: readonly Tensor[], shards: number): OpenAggregator;
}
