import type { EaseConfig, ModelConfig, PartitionConfig, SubModelConfig } from '#libs/contracts';
import {
  INVERSE_DIGEST,
  MAX_BLOCK,
  metItems,
  PAIRS_DIGEST,
  subtractCounts,
  sumCounts,
  triangleLength,
  type WeightsProblem,
} from '#libs/kernels';
import type {
  AggregatedShard,
  Aggregation,
  AggregatorKind,
  AggregatorOpening,
  OpenAggregator,
} from './aggregator.js';
import { checkConfigFields, isPositiveFloat } from './fields.js';
import { gramLayout, type GramLayout, type ItemGroup } from './gram-layout.js';
import { PAIR_COUNTS } from './gram-trainer.js';
import { LearningError } from './learning-error.js';
import { countsOf, tensorOf } from './model-file.js';
import type { CanonicalCatalogue } from './shard-dataset.js';
import type { Tensor } from './safetensors.js';
import type { Person } from './sub-model.js';

const ITEM_WEIGHTS = 'item_weights';
const MET_ITEMS = 'met_items';

/** Partitions that leave a person's records together: a pair of items in two shards would be counted nowhere. */
const WHOLE_PEOPLE: readonly PartitionConfig['kind'][] = ['by-subject', 'ubp'];

/**
 * EASE (Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", WWW 2019): with G the sum of the shards' counts and
 * P = (G + λI)⁻¹, the weights b_ij = −p_ij/p_jj and 0 on the diagonal minimise ‖X − XB‖² + λ‖B‖² under diag(B) = 0. The sum is
 * one of whole numbers, so nothing is lost by sharding: any number of shards gives the bytes of one.
 */
export const easeAggregator: AggregatorKind<EaseConfig> = {
  kind: 'ease',
  reads: 'files',
  asksShards: false,
  solves: true,
  kernels: [PAIRS_DIGEST, INVERSE_DIGEST],
  influences: {
    randomness: 'none',
    negatives: 'none',
    selection: 'fixed',
    optimiser: 'none',
    start: 'earlier-counts',
  },
  validate,
  sum,
  build,
  open,
};

function validate(
  config: EaseConfig,
  { subModel, partition }: Pick<ModelConfig, 'subModel' | 'partition'>,
): void {
  const { regularization, decay, block } = config;
  checkConfigFields(config, 'aggregator', ['kind', 'regularization', 'decay', 'block']);
  if (subModel.kind !== 'gram')
    throw new LearningError('CONFIG_COMBINATION_INVALID', 'aggregator ease needs the sub-model gram', {
      nextStep: 'Use the sub-model gram, or another aggregator.',
    });
  if (!WHOLE_PEOPLE.includes(partition.kind))
    throw new LearningError(
      'CONFIG_COMBINATION_INVALID',
      "aggregator ease needs a partition that leaves a person's records together",
      { nextStep: 'Use the partition by-subject.' },
    );
  if (!isPositiveFloat(regularization))
    throw new LearningError(
      'CONFIG_NUMBER_NOT_POSITIVE',
      'aggregator.regularization must be a positive number',
      {
        facts: { field: 'regularization' },
      },
    );
  if (!isPositiveFloat(decay) || decay > 1)
    throw new LearningError('CONFIG_VALUE_INVALID', 'aggregator.decay must be above 0 and at most 1');
  if (!Number.isInteger(block) || block < 8 || block > MAX_BLOCK || block % 8 !== 0)
    throw new LearningError(
      'CONFIG_VALUE_INVALID',
      `aggregator.block must be a multiple of 8 up to ${MAX_BLOCK}`,
    );
}

function sum({
  model,
  shards,
  summed,
  without = [],
  allocate,
  ...catalogue
}: Omit<Aggregation<EaseConfig>, 'draw' | 'solve'>): Uint32Array {
  const { counts: length } = layoutOf(model, catalogue);
  const countsIn = ({ tensors }: AggregatedShard): Uint16Array => countsOf(tensors, PAIR_COUNTS, [length]);
  const counts = summed?.counts ?? new Uint32Array(allocate(length * Uint32Array.BYTES_PER_ELEMENT));
  const left = shards.filter(({ shard }) => summed?.shards.includes(shard) !== true);
  if (left.length > 0) sumCounts(left.map(countsIn), length, counts);
  for (const shard of without) subtractCounts(counts, countsIn(shard));
  return counts;
}

/**
 * `item_weights` [n]: of each group the square of the items that somebody has met, row-major, one group after the other. Unless that is
 * all of them, `met_items` [items of all groups] says of each whether it is 1 or 0. The weights of the others would be zeros.
 */
function build({
  config,
  model,
  solve,
  room,
  ...catalogue
}: Omit<Aggregation<EaseConfig>, 'draw'>): Tensor[] {
  const counts = sum({ config, model, ...catalogue });
  const problems = problemsOf(layoutOf(model, catalogue), counts, config);
  const beside = metTensors(problems);
  const shape = [problems.reduce((all, { met }) => all + met.length ** 2, 0)];
  const tensor = { name: ITEM_WEIGHTS, shape };
  const into = problems.length === 1 ? room?.(tensor, beside) : undefined;
  const squares = problems.map(({ problem }) => solve(problem, into));
  return [{ ...tensor, data: squares.length === 1 ? squares[0] : joined(squares, shape[0]) }, ...beside];
}

interface GroupProblem {
  readonly problem: WeightsProblem;
  readonly met: Uint32Array;
}

function problemsOf({ groups }: GramLayout, counts: Uint32Array, config: EaseConfig): GroupProblem[] {
  let from = 0;
  return groups.map(({ length: size }) => {
    const triangle = counts.subarray(from, (from += triangleLength(size)));
    return { problem: { ...config, size, counts: triangle }, met: metItems({ size, counts: triangle }) };
  });
}

function metTensors(problems: readonly GroupProblem[]): Tensor[] {
  const flags = problems.map(({ problem: { size }, met }) => {
    const flagged = new Uint16Array(size);
    for (const item of met) flagged[item] = 1;
    return flagged;
  });
  const data = Uint16Array.from(flags.flatMap((some) => [...some]));
  return data.every((flag) => flag === 1) ? [] : [{ name: MET_ITEMS, shape: [data.length], data }];
}

function joined(squares: readonly Float32Array[], length: number): Float32Array {
  const weights = new Float32Array(length);
  let to = 0;
  for (const square of squares) {
    weights.set(square, to);
    to += square.length;
  }
  return weights;
}

function open(
  tensors: readonly Tensor[],
  { config, model, items, categories }: AggregatorOpening<EaseConfig>,
): OpenAggregator {
  const groups = metGroups(layoutOf(model, { items, categories }), tensors);
  const weights = tensorOf(tensors, ITEM_WEIGHTS, [groups.reduce((all, { length }) => all + length ** 2, 0)]);
  const rows = new ItemRows(groups, weights);
  const knowsNothing = weights.every((weight) => weight === 0);
  const combine = (person: Person): Float32Array | undefined =>
    knowsNothing || !person.present.some((item) => rows.of(item))
      ? undefined
      : sumOfRows(rows, person, items.length, config);
  return { readsScores: false, combine: (_, person) => combine(person) };
}

/** Of each group the items that have weights. */
function metGroups({ groups }: GramLayout, tensors: readonly Tensor[]): readonly ItemGroup[] {
  if (!tensors.some(({ name }) => name === MET_ITEMS)) return groups;
  const met = countsOf(tensors, MET_ITEMS, [groups.reduce((all, { length }) => all + length, 0)]);
  let at = 0;
  return groups.map((group) => group.filter(() => met[at++] === 1));
}

/** Row of an item: weights of the items of its group. */
interface ItemRow {
  readonly group: ItemGroup;
  readonly weights: Float32Array;
}

class ItemRows {
  private readonly rows = new Map<number, ItemRow>();

  constructor(groups: readonly ItemGroup[], weights: Float32Array) {
    let end = 0;
    for (const group of groups)
      for (const item of group)
        this.rows.set(item, { group, weights: weights.subarray(end, (end += group.length)) });
  }

  of(item: number): ItemRow | undefined {
    return this.rows.get(item);
  }
}

/**
 * Σ over the present items, ascending, of decay^recency · b_ij, each step rounded to 32 bits. Items whose pairs are not counted get 0,
 * which is what nothing speaks for and nothing against.
 */
function sumOfRows(
  rows: ItemRows,
  { present, recency }: Person,
  items: number,
  { decay }: Pick<EaseConfig, 'decay'>,
): Float32Array {
  const powers = powersOf(decay, recency ? present.length : 0);
  const sums = new Map<ItemGroup, Float32Array>();
  present.forEach((item, at) => {
    const row = rows.of(item);
    if (row === undefined) return;
    const sum = sums.get(row.group) ?? new Float32Array(row.group.length);
    sums.set(row.group, sum);
    addRow(sum, row.weights, recency ? powers[recency[at]] : 1);
  });
  const scores = new Float32Array(items);
  for (const [group, sum] of sums) group.forEach((item, at) => (scores[item] = sum[at]));
  return scores;
}

function addRow(sum: Float32Array, weights: Float32Array, times: number): void {
  for (let at = 0; at < sum.length; at++) sum[at] += Math.fround(times * weights[at]);
}

/** 1, decay, decay² … each rounded to 32 bits. */
function powersOf(decay: number, count: number): Float32Array {
  const powers = new Float32Array(count).fill(1);
  for (let at = 1; at < count; at++) powers[at] = powers[at - 1] * Math.fround(decay);
  return powers;
}

function layoutOf(
  { subModel }: { readonly subModel: SubModelConfig },
  catalogue: Pick<CanonicalCatalogue, 'items' | 'categories'>,
): GramLayout {
  if (subModel.kind !== 'gram')
    throw new LearningError('CONFIG_COMBINATION_INVALID', 'aggregator ease needs the sub-model gram');
  return gramLayout(subModel, catalogue);
}
