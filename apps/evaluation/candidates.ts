import type { ModelConfig } from '#libs/contracts';
import { EvaluationError, type Split } from '#libs/evaluation';
import { configDigest, strategyConfig, validateModelConfig, type StrategyChoice } from '#libs/learning';

/** A line that is to be evaluated. */
export interface Candidate {
  readonly name: string;
  readonly strategy: string;
  readonly config: ModelConfig;
  readonly configDigest: string;
}

export interface CandidateChoice extends Pick<StrategyChoice, 'base' | 'aggregator'> {
  readonly strategies: readonly string[];
  readonly shards: readonly number[];
}

/**
 * Every strategy with every number of shards; those that come out the same (`retrain` has one shard, whatever is asked) once.
 *
 * @throws LearningError STRATEGY_UNKNOWN, CONFIG_…
 */
export function candidatesOf({ strategies, shards, base, aggregator }: CandidateChoice): Candidate[] {
  const found = new Map<string, Candidate>();
  for (const strategy of strategies)
    for (const count of shards) {
      const config = validateModelConfig(strategyConfig(strategy, { shards: count, base, aggregator }));
      const name = `${strategy} S=${config.partition.shards}`;
      if (!found.has(name)) found.set(name, { name, strategy, config, configDigest: configDigest(config) });
    }
  return [...found.values()];
}

/** @throws EvaluationError SHARDS_MORE_THAN_PEOPLE */
export function checkShards(candidates: readonly Candidate[], { train }: Pick<Split, 'train'>): void {
  const people = [...train.values()].filter((records) => records.length > 0).length;
  for (const { name, config } of candidates)
    if (config.partition.shards > people)
      throw new EvaluationError('SHARDS_MORE_THAN_PEOPLE', `${name} has more shards than there are people`, {
        facts: { shards: config.partition.shards, people },
        nextStep: 'Ask for fewer shards, or give data of more people.',
      });
}
