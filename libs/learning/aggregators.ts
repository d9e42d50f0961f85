import type { AggregatorConfig } from '#libs/contracts';
import type { AggregatorEngine, AggregatorKind } from './aggregator.js';
import { attentionAggregator } from './attention-aggregator.js';
import { easeAggregator } from './ease-aggregator.js';
import { LearningError } from './learning-error.js';
import { meanAggregator } from './mean-aggregator.js';
import { metaAggregator } from './meta-aggregator.js';

/** Every kind of aggregator; a new one is entered here and in AggregatorConfig. */
const AGGREGATORS: {
  readonly [Kind in AggregatorConfig['kind']]: AggregatorKind<Extract<AggregatorConfig, { kind: Kind }>>;
} = {
  attention: attentionAggregator,
  ease: easeAggregator,
  mean: meanAggregator,
  meta: metaAggregator,
};

/** @throws LearningError CONFIG_AGGREGATOR_UNKNOWN */
export function aggregatorOf(kind: AggregatorConfig['kind']): AggregatorKind {
  const aggregator = Object.hasOwn(AGGREGATORS, kind) ? AGGREGATORS[kind] : undefined;
  if (aggregator === undefined)
    throw new LearningError('CONFIG_AGGREGATOR_UNKNOWN', 'no aggregator of that kind exists', {
      nextStep: `Use one of: ${Object.keys(AGGREGATORS).join(', ')}.`,
    });
  return aggregator;
}

/** The engine that a configured aggregator is built with; undefined where our kernels suffice. */
export function engineOf(config: AggregatorConfig): AggregatorEngine | undefined {
  return aggregatorOf(config.kind).engine?.(config);
}
