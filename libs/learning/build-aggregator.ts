import type { AggregatorConfig } from '#libs/contracts';
import type { ShardSummary } from './aggregator.js';
import { aggregatorOf } from './aggregators.js';
import { LearningError } from './learning-error.js';
import { writeModelFile } from './model-file.js';

/**
 * Builds the aggregator's file from all shards of a line, in any order. It has to be built anew whenever a shard was.
 *
 * @example
 * const file = buildAggregator(genesis.config.aggregator, results); // safetensors
 * @throws LearningError SHARDS_INCOMPLETE, CONFIG_AGGREGATOR_UNKNOWN
 */
export function buildAggregator(config: AggregatorConfig, shards: readonly ShardSummary[]): Uint8Array {
  const inOrder = [...shards].sort((a, b) => a.shard - b.shard);
  if (inOrder.some(({ shard }, index) => shard !== index))
    throw new LearningError('SHARDS_INCOMPLETE', 'every shard of the line is needed, each once');
  return writeModelFile({ kind: config.kind }, aggregatorOf(config.kind).build(config, inOrder));
}
