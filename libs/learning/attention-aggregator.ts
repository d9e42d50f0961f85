import type { AttentionConfig, ModelConfig, SubModelConfig, TwoTowerConfig } from '#libs/contracts';
import { DENSE_DIGEST, IALS_DIGEST, ScoringTable, type Matrix } from '#libs/kernels';
import type { Aggregation, AggregatorKind, AggregatorOpening, OpenAggregator } from './aggregator.js';
import { attend, PARAMETERS, shapeOf, type AttentionShape, type ShardRows } from './attention-network.js';
import { attentionTasks, type AttentionTask } from './attention-tasks.js';
import { trainAttention } from './attention-training.js';
import { checkConfigFields, isPositiveFloat } from './fields.js';
import { LearningError } from './learning-error.js';
import { tensorOf } from './model-file.js';
import type { Tensor } from './safetensors.js';
import type { Factors, Person } from './sub-model.js';

const FIELDS = ['kind', 'dimensions', 'people', 'epochs', 'learningRate', 'regularization'];
const MOST = { dimensions: 256, people: 1_000_000, epochs: 1000 };
const ITEMS_A_BATCH = 512;

/**
 * RecEraser's attention (Chen, Sun, Zhang, Ding, WWW 2022, §3.4): the shards' factors are brought into one space by an affine map each,
 * and mixed by attention, for people and for items; a score is the inner product of the two mixtures. The sub-models stay as they are.
 *
 * What differs from the paper, and why: a person is folded in by every shard, since no shard keeps rows of people. The people to learn
 * from are drawn by name, so that building costs about as much as a shard. What is learnt from are items that the shards asked have not
 * seen the person with: the shard that was trained on them is left out, and they are left out of folding in; factors that have seen the
 * answer say nothing of how well they find it. Maps begin as the rotations between the shards' items, attention even. Two towers give their
 * outputs as factors, where a person begins from a shared row: adapted to the support, without order, when the mixture is learnt.
 */
export const attentionAggregator: AggregatorKind<AttentionConfig> = {
  kind: 'attention',
  reads: 'files-and-records',
  asksShards: true,
  kernels: [DENSE_DIGEST, IALS_DIGEST],
  influences: {
    randomness: 'by-name',
    negatives: 'own-positives',
    selection: 'fixed',
    optimiser: 'fresh',
    start: 'genesis',
  },
  validate,
  build,
  open,
};

function validate(config: AttentionConfig, { subModel }: Pick<ModelConfig, 'subModel'>): void {
  checkConfigFields(config, 'aggregator', FIELDS);
  for (const field of ['dimensions', 'people', 'epochs'] as const)
    if (!Number.isInteger(config[field]) || config[field] < 1 || config[field] > MOST[field])
      throw new LearningError('CONFIG_VALUE_INVALID', `aggregator.${field} must be 1 … ${MOST[field]}`, {
        facts: { field },
      });
  if (config.dimensions % 4 !== 0)
    throw new LearningError('CONFIG_DIMENSIONS_INVALID', 'aggregator.dimensions must be a multiple of 4');
  for (const field of ['learningRate', 'regularization'] as const)
    if (!isPositiveFloat(config[field]))
      throw new LearningError('CONFIG_NUMBER_NOT_POSITIVE', `aggregator.${field} must be a positive number`, {
        facts: { field },
      });
  factorDimensions(subModel);
}

/** @throws LearningError CONFIG_COMBINATION_INVALID for a sub-model without factors that every shard gives of every person */
function factorDimensions(subModel: SubModelConfig): number {
  switch (subModel.kind) {
    case 'ials':
    case 'bpr':
      return subModel.dimensions;
    case 'two-tower':
      return outputsOf(subModel);
    case 'gram':
      throw unfit('counts of pairs are no factors', 'Use the aggregator ease, or another sub-model.');
    default:
      return subModel satisfies never;
  }
}

function outputsOf({ people, training, itemLayers }: TwoTowerConfig): number {
  if (people === 'rows')
    throw unfit(
      'only the shards that were trained on a person have a row of them, so that there is nothing to mix',
      'Let people share a row, as eemu does, or use another aggregator.',
    );
  if (training === 'fomaml-both')
    throw unfit(
      "items' factors that depend on who asks cannot be mixed beforehand",
      'Train with fomaml or anil, or use another aggregator.',
    );
  return itemLayers[itemLayers.length - 1];
}

function unfit(why: string, nextStep: string): LearningError {
  return new LearningError('CONFIG_COMBINATION_INVALID', `attention does not fit the sub-model: ${why}`, {
    nextStep,
  });
}

function attentionShape(
  { dimensions }: AttentionConfig,
  shards: number,
  subModel: SubModelConfig,
): AttentionShape {
  return { shards, dimensions: factorDimensions(subModel), width: dimensions };
}

/** The network's parameters, and `item_factors` [items, d]: the items' mixtures, which do not depend on who asks. */
function build({ config, model, items, shards, draw }: Aggregation<AttentionConfig>): Tensor[] {
  const shape = attentionShape(config, shards.length, model.subModel);
  const opened = shards.map((shard) => shard.open().factors);
  const datasets = shards.map(({ dataset }) => dataset);
  const tasks = attentionTasks(datasets, items, config.people, draw);
  const parameters = trainAttention({
    config,
    shape,
    items,
    draw,
    tasks,
    peopleRows: peopleRows(opened, tasks),
    itemRows: itemRows(opened, items.length),
  });
  const data = new Float32Array(items.length * shape.dimensions);
  const rows = itemRows(opened, items.length);
  for (let first = 0; rows.length > 0 && first < items.length; first += ITEMS_A_BATCH) {
    const batch = rows.map((one) => ({ ...one, rows: rowsFrom(one.rows, first, ITEMS_A_BATCH) }));
    data.set(attend(shape, parameters, 'items', batch).out.data, first * shape.dimensions);
  }
  return [
    ...PARAMETERS.map((name) => ({ name, shape: shapeOf(name, shape), data: parameters[name] })),
    { name: 'item_factors', shape: [items.length, shape.dimensions], data },
  ];
}

/** Factors of the tasks' people, folded in on their support by each shard that has factors. */
function peopleRows(shards: readonly (Factors | undefined)[], tasks: readonly AttentionTask[]): ShardRows[] {
  return givenBy(shards, (factors) => {
    const { dimensions } = factors;
    const data = new Float32Array(tasks.length * dimensions);
    tasks.forEach(({ subject, support }, at) => {
      const row = factors.person({ subject, present: support });
      if (row) data.set(row, at * dimensions);
    });
    return { rows: tasks.length, columns: dimensions, data };
  });
}

function itemRows(shards: readonly (Factors | undefined)[], count: number): ShardRows[] {
  return givenBy(shards, ({ dimensions, items }) => ({ rows: count, columns: dimensions, data: items }));
}

function givenBy(
  shards: readonly (Factors | undefined)[],
  rowsOf: (factors: Factors) => Matrix,
): ShardRows[] {
  return shards.flatMap((factors, shard) => (factors ? [{ shard, rows: rowsOf(factors) }] : []));
}

function rowsFrom({ rows, columns, data }: Matrix, first: number, most: number): Matrix {
  const count = Math.min(most, rows - first);
  return { rows: count, columns, data: data.subarray(first * columns, (first + count) * columns) };
}

function open(
  tensors: readonly Tensor[],
  { config, items, shards }: AggregatorOpening<AttentionConfig>,
): OpenAggregator {
  const answering = shards.flatMap(({ factors }, shard) => (factors ? [{ factors, shard }] : []));
  if (answering.length === 0) return { readsScores: false, combine: () => undefined };
  const { dimensions } = answering[0].factors;
  const shape = { shards: shards.length, dimensions, width: config.dimensions };
  const parameters = Object.fromEntries(
    PARAMETERS.map((name) => [name, tensorOf(tensors, name, shapeOf(name, shape))]),
  ) as Record<(typeof PARAMETERS)[number], Float32Array>;
  const table = new ScoringTable(tensorOf(tensors, 'item_factors', [items.length, dimensions]), dimensions);
  const combine = (person: Person): Float32Array | undefined => {
    const given = answering.flatMap(({ factors, shard }) => {
      const data = factors.person(person);
      return data ? [{ shard, rows: { rows: 1, columns: dimensions, data } }] : [];
    });
    return given.length > 0 ? table.scores(attend(shape, parameters, 'people', given).out.data) : undefined;
  };
  return { readsScores: false, combine: (_, person) => combine(person) };
}
