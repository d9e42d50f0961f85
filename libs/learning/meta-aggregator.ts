import type { MetaConfig } from '#libs/contracts';
import type { Aggregation, AggregatorKind, AggregatorOpening, OpenAggregator } from './aggregator.js';
import { ContentOverlap } from './content-overlap.js';
import { checkConfigFields } from './fields.js';
import { LearningError } from './learning-error.js';
import { everyItem, evidenceOf, pairFeatures } from './meta-features.js';
import { networkScores, networkTensors, readNetwork } from './meta-network.js';
import { untrainedNetwork } from './meta-scaling.js';
import { metaTasks, QUERIES } from './meta-tasks.js';
import { trainNetwork } from './meta-training.js';
import { tensorOf } from './model-file.js';
import type { Tensor } from './safetensors.js';
import { TENSORFLOW_ENGINES } from './tensorflow-node.js';
import type { TensorFlow, TensorFlowEngine } from './tensorflow.js';

const FIELDS = ['kind', 'hidden', 'tasks', 'epochs', 'learningRate', 'innerSteps', 'innerRate', 'backend'];
/** More inner steps than queries would only repeat them. */
const MOST = { hidden: 256, tasks: 100_000, epochs: 1000, innerSteps: QUERIES };

/**
 * A correction of the shards' mean, learned in TensorFlow.js from the records that are present, each person being a task (meta-tasks.ts,
 * meta-training.ts): above all, how much a person's latest records count (meta-features.ts). Served in plain arithmetic, without
 * TensorFlow.js (meta-network.ts).
 *
 * Tensors: the network's, and `confidence` [shards, items]: log(1 + people of the shard who have met the item).
 */
export const metaAggregator: AggregatorKind<MetaConfig> = {
  kind: 'meta',
  reads: 'files-and-records',
  asksShards: true,
  kernels: [],
  influences: {
    randomness: 'by-name',
    negatives: 'own-positives',
    selection: 'fixed',
    optimiser: 'fresh',
    start: 'genesis',
  },
  engine: engineOf,
  validate,
  build,
  open,
};

function engineOf({ backend = 'wasm' }: MetaConfig): TensorFlowEngine {
  return TENSORFLOW_ENGINES[backend];
}

function validate(config: MetaConfig): void {
  checkConfigFields(config, 'aggregator', FIELDS);
  for (const [field, most] of Object.entries(MOST) as [keyof typeof MOST, number][])
    if (!Number.isInteger(config[field]) || config[field] < 1 || config[field] > most)
      refuse(field, `a whole number of 1 … ${most}`);
  for (const field of ['learningRate', 'innerRate'] as const)
    if (!Number.isFinite(config[field]) || config[field] <= 0 || config[field] > 1)
      refuse(field, 'above 0 and at most 1');
  if (config.backend !== undefined && !Object.hasOwn(TENSORFLOW_ENGINES, config.backend))
    refuse('backend', `one of: ${Object.keys(TENSORFLOW_ENGINES).join(', ')}`);
}

function refuse(field: string, allowed: string): never {
  throw new LearningError('CONFIG_VALUE_INVALID', `aggregator.${field} must be ${allowed}`, {
    facts: { field },
    nextStep: 'Correct the model configuration and submit it again.',
  });
}

function build({ config, shards, items, categories, draw }: Aggregation<MetaConfig>): Tensor[] {
  const tf = engineOf(config).library();
  const datasets = shards.map(({ dataset }) => ({ dataset }));
  const confidence = confidences(tf, datasets, items.length);
  const sources = {
    shards: datasets,
    models: shards.map((shard) => shard.open()),
    confidence,
    content: new ContentOverlap(categories),
    draw,
  };
  const tasks = metaTasks(sources, config.tasks);
  const network = trainNetwork(tf, untrainedNetwork(tasks, config.hidden, draw), tasks, config);
  const shape = [shards.length, items.length];
  return [...networkTensors(network), { name: 'confidence', shape, data: confidence }];
}

/** The engine's logarithm: the host's may differ between machines. */
function confidences(
  tf: TensorFlow,
  shards: readonly Pick<Aggregation<MetaConfig>['shards'][number], 'dataset'>[],
  items: number,
): Float32Array {
  const people = new Float32Array(shards.length * items);
  shards.forEach(({ dataset: { degrees } }, shard) => people.set(degrees, shard * items));
  return tf.tidy(() => Float32Array.from(tf.log(tf.add(tf.tensor1d(people), 1)).dataSync()));
}

function open(tensors: readonly Tensor[], opening: AggregatorOpening<MetaConfig>): OpenAggregator {
  const { config, items, categories, shards } = opening;
  const network = readNetwork(tensors, config.hidden);
  const confidence = tensorOf(tensors, 'confidence', [shards.length, items.length]);
  const sources = { models: shards, content: new ContentOverlap(categories) };
  const all = everyItem(items.length);
  const combine: OpenAggregator['combine'] = (scores, person) => {
    const evidence = evidenceOf(scores, person, sources);
    if (evidence.all.every((of) => of === undefined)) return undefined;
    return networkScores(network, pairFeatures(evidence, confidence, all));
  };
  return { readsScores: true, combine };
}
