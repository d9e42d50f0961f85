import type { GramConfig, ModelConfig } from '#libs/contracts';
import { countPairs, MAX_COUNT, PAIRS_DIGEST } from '#libs/kernels';
import { checkConfigFields, isObject } from './fields.js';
import { changedItems, exchange } from './gram-changes.js';
import { gramLayout, type ItemGroup } from './gram-layout.js';
import { LearningError } from './learning-error.js';
import { countsOf } from './model-file.js';
import { PairCounts } from './pair-counts.js';
import type { Tensor } from './safetensors.js';
import type { ShardDataset, SparseRows } from './shard-dataset.js';
import type { OpenSubModel, Opening, Revision, SubModelTrainer, Training } from './sub-model.js';

export const PAIR_COUNTS = 'pair_counts';

const SCOPES: Readonly<Record<GramConfig['scope']['kind'], readonly string[]>> = {
  all: ['kind'],
  listed: ['kind', 'items'],
  'by-category': ['kind'],
};

/**
 * Sufficient statistics instead of a model: a shard says how many of its people have met both items of each pair. Whole numbers
 * add up, so the sum over shards is that of one shard with everybody, and a person who leaves is subtracted (`withdrawFromGram`).
 */
export const gramTrainer: SubModelTrainer<GramConfig> = {
  kind: 'gram',
  kernels: [PAIRS_DIGEST],
  influences: () => ({
    randomness: 'none',
    negatives: 'none',
    selection: 'fixed',
    optimiser: 'none',
    start: 'earlier-counts',
    statistics: 'own-shard',
    inference: ['present-records'],
  }),
  validate,
  fits: (config, catalogue) => void gramLayout(config, catalogue),
  rounds: () => 0,
  train,
  revise,
  open,
};

function validate(config: GramConfig, { slices }: Pick<ModelConfig, 'slices'>): void {
  checkConfigFields(config, 'subModel', ['kind', 'scope']);
  const { scope } = config;
  if (!isObject(scope) || !Object.hasOwn(SCOPES, scope.kind))
    throw new LearningError(
      'CONFIG_VALUE_INVALID',
      `subModel.scope.kind must be one of: ${Object.keys(SCOPES).join(', ')}`,
    );
  checkConfigFields(scope, 'subModel.scope', SCOPES[scope.kind]);
  if (scope.kind === 'listed' && !isListOfItems(scope.items))
    throw new LearningError('CONFIG_VALUE_INVALID', 'subModel.scope.items must be item ids, each once');
  if (slices !== undefined)
    throw new LearningError('CONFIG_COMBINATION_INVALID', 'counts need no slices: records are subtracted', {
      nextStep: 'Leave slices out.',
    });
}

function isListOfItems(items: unknown): boolean {
  return (
    Array.isArray(items) &&
    items.length > 0 &&
    items.every((item) => typeof item === 'string') &&
    new Set(items).size === items.length
  );
}

/**
 * One tensor, `pair_counts` [n]: each group's upper triangle with the diagonal, row after row.
 *
 * @throws LearningError DATASET_TOO_LARGE
 */
function train({ dataset, config }: Pick<Training<GramConfig>, 'dataset' | 'config'>): Tensor[] {
  const layout = gramLayout(config, dataset);
  checkCounts(dataset);
  const counts = new Uint16Array(layout.counts);
  let end = 0;
  for (const group of layout.groups) {
    const triangle = countPairs({ ...rowsWithin(group, dataset), items: group.length });
    counts.set(triangle, end);
    end += triangle.length;
  }
  return [{ name: PAIR_COUNTS, shape: [counts.length], data: counts }];
}

/** Whole numbers: what has come is added, what has gone is subtracted, to the counts of training anew. */
function revise({ config, catalogue, tensors, people }: Revision<GramConfig>): Tensor[] {
  const layout = gramLayout(config, catalogue);
  const counts = countsOf(tensors, PAIR_COUNTS, [layout.counts]);
  const pairs = new PairCounts(layout, counts);
  for (const change of changedItems(people, catalogue)) exchange(pairs, change);
  return [{ name: PAIR_COUNTS, shape: [counts.length], data: counts }];
}

function checkCounts({ degrees }: ShardDataset): void {
  if (degrees.some((people) => people > MAX_COUNT))
    throw new LearningError('DATASET_TOO_LARGE', `a shard counts ${MAX_COUNT} people of an item at most`, {
      facts: { most: MAX_COUNT },
      nextStep: 'Use more shards: with statistics they cost no quality.',
    });
}

/** People's rows with the items of a group alone, numbered within it. */
function rowsWithin(group: ItemGroup, { items, bySubject }: ShardDataset): SparseRows {
  if (group.length === items.length) return bySubject;
  const place = new Int32Array(items.length).fill(-1);
  group.forEach((item, at) => (place[item] = at));
  const ends = new Uint32Array(bySubject.offsets.length);
  const indices = new Uint32Array(bySubject.indices.length);
  let end = 0;
  for (let row = 1; row < ends.length; row++) {
    for (let at = bySubject.offsets[row - 1]; at < bySubject.offsets[row]; at++)
      if (place[bySubject.indices[at]] >= 0) indices[end++] = place[bySubject.indices[at]];
    ends[row] = end;
  }
  return { offsets: ends, indices: indices.slice(0, end) };
}

/** Cosine of people's sets: Σ_{i present} g_ij / √(g_ii·g_jj); what a shard can say by itself, while the solution must not be asked. */
function open(tensors: readonly Tensor[], { config, ...catalogue }: Opening<GramConfig>): OpenSubModel {
  const layout = gramLayout(config, catalogue);
  const counts = new PairCounts(layout, countsOf(tensors, PAIR_COUNTS, [layout.counts]));
  const people = counts.diagonal(catalogue.items.length);
  if (people.every((count) => count === 0)) return { score: () => undefined };
  const scale = Float32Array.from(people, (count) => (count > 0 ? 1 / Math.fround(Math.sqrt(count)) : 0));
  return { score: ({ present }) => cosines(counts, scale, present) };
}

/** Σ over the present items, ascending, of g_ij·s_i, each step rounded to 32 bits; then times s_j. */
function cosines(counts: PairCounts, scale: Float32Array, present: Uint32Array): Float32Array {
  const scores = new Float32Array(scale.length);
  for (const item of present) counts.addRow(item, scale[item], scores);
  return scores.map((sum, item) => sum * scale[item]);
}
