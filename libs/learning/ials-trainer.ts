import type { IalsConfig } from '#libs/contracts';
import { gram, IALS_DIGEST, ScoringTable, solveRows, type IalsWeights } from '#libs/kernels';
import type { Draw } from './draws.js';
import { checkConfigFields, checkDimensions, isPositiveFloat } from './fields.js';
import { LearningError } from './learning-error.js';
import { tensorOf } from './model-file.js';
import { presentRows } from './present-rows.js';
import type { Tensor } from './safetensors.js';
import type { SparseRows } from './shard-dataset.js';
import type { OpenSubModel, Opening, Person, SubModelTrainer, Training } from './sub-model.js';

const MAX_SWEEPS = 1000;
const FIELDS = ['kind', 'dimensions', 'unobservedWeight', 'regularization', 'sweeps', 'initScale'];

/**
 * iALS, implicit alternating least squares: Hu, Koren, Volinsky (ICDM 2008), in the form of Rendle, Krichene, Zhang, Koren
 * (RecSys 2022). With S the pairs of this shard, it lowers
 *
 *   L(W, H) = Σ_{(u,i)∈S} (⟨w_u, h_i⟩ − 1)² + α0 Σ_u Σ_i ⟨w_u, h_i⟩²
 *             + λ (Σ_u (n_u + α0·items) ‖w_u‖² + Σ_i (n_i + α0·people) ‖h_i‖²)
 *
 * by solving all people, then all items, in closed form. Setting the gradient for w_u to zero gives A w_u = b with
 * A = α0·HᵀH + Σ_{i∈u} h_i h_iᵀ + λ(n_u + α0·items)·I and b = Σ_{i∈u} h_i: an observed pair adds to A on top of α0 (the second
 * sum runs over all pairs), and only the first sum has a target other than 0, so b has the weight 1 and not 1 + α0.
 *
 * The model is the item factors; a person's factors are a function of their present records and are never stored.
 */
export const ialsTrainer: SubModelTrainer<IalsConfig> = {
  kind: 'ials',
  kernels: [IALS_DIGEST],
  influences: () => ({
    randomness: 'by-name',
    negatives: 'none',
    selection: 'fixed',
    optimiser: 'none',
    start: 'genesis',
    statistics: 'own-shard',
    inference: ['present-records'],
  }),
  validate,
  rounds: ({ sweeps }) => sweeps,
  train,
  open,
};

function validate(config: IalsConfig): void {
  const { dimensions, sweeps } = config;
  checkConfigFields(config, 'subModel', FIELDS);
  checkDimensions(dimensions);
  if (!Number.isInteger(sweeps) || sweeps < 1 || sweeps > MAX_SWEEPS)
    throw new LearningError('CONFIG_SWEEPS_OUT_OF_RANGE', `subModel.sweeps must be 1 … ${MAX_SWEEPS}`);
  for (const field of ['unobservedWeight', 'regularization', 'initScale'] as const)
    if (!isPositiveFloat(config[field]))
      throw new LearningError('CONFIG_NUMBER_NOT_POSITIVE', `subModel.${field} must be a positive number`, {
        facts: { field },
      });
}

/** One tensor, `item_factors` [items, dimensions]. Items nobody in the shard has met have zero rows. */
function train({ dataset, config, draw, start, afterRound }: Training<IalsConfig>): Tensor[] {
  const { dimensions } = config;
  const { items, subjects, bySubject } = dataset;
  const byItem = dataset.byItem();
  const weights = weightsOf(config);
  let factors = initialFactors(items, config, draw);
  if (start) goOnFrom(factors, tensorOf(start, 'item_factors', [items.length, dimensions]), dimensions);
  for (let sweep = 0; sweep < config.sweeps; sweep++) {
    const people = ialsPeople(bySubject, factors, config);
    factors = solveRows({
      dimensions,
      ...byItem,
      factors: people,
      weightedGram: gram(people, dimensions, weights.unobserved),
      others: subjects.length,
      weights,
    });
    afterRound(factors);
  }
  return [{ name: 'item_factors', shape: [items.length, dimensions], data: factors }];
}

/** Normal draws of the deviation initScale/√dimensions, named after the item alone, so every shard begins alike. */
function initialFactors(
  items: readonly string[],
  { dimensions, initScale }: IalsConfig,
  draw: Draw,
): Float32Array {
  const factors = new Float32Array(items.length * dimensions);
  const deviation = initScale / Math.sqrt(dimensions);
  items.forEach((item, row) => {
    const draws = draw('ials/item-factors', item);
    for (let k = 0; k < dimensions; k++) factors[row * dimensions + k] = deviation * draws.normal(k);
  });
  return factors;
}

/** Rows that the slice before left at zero, because nobody had met the item, keep their initial draws: zero would be for ever. */
function goOnFrom(factors: Float32Array, before: Float32Array, dimensions: number): void {
  for (let row = 0; row < before.length; row += dimensions) {
    const known = before.subarray(row, row + dimensions);
    if (known.some((value) => value !== 0)) factors.set(known, row);
  }
}

/** Folds a person in: the people's half of a sweep, for one row, against this shard's item factors. */
function open(tensors: readonly Tensor[], { config, items: { length } }: Opening<IalsConfig>): OpenSubModel {
  const { dimensions } = config;
  const items = tensorOf(tensors, 'item_factors', [length, dimensions]);
  if (items.every((value) => value === 0)) return { score: () => undefined };
  const weights = weightsOf(config);
  const weightedGram = gram(items, dimensions, weights.unobserved);
  const table = new ScoringTable(items, dimensions);
  const solve = (rows: SparseRows, factors: Float32Array): Float32Array =>
    solveRows({ dimensions, ...rows, factors, weightedGram, others: length, weights });
  // One person's few rows are gathered: all of them would take longer to hand over than to solve.
  const person = ({ present }: Person): Float32Array =>
    solve(
      { offsets: Uint32Array.of(0, present.length), indices: present.map((_, at) => at) },
      rowsOf(items, present, dimensions),
    );
  const people = (persons: readonly Person[]): Float32Array => solve(presentRows(persons), items);
  return { score: (whom) => table.scores(person(whom)), factors: { dimensions, items, person, people } };
}

/** Factors of everybody against fixed items: the people's half of a sweep. */
export function ialsPeople(bySubject: SparseRows, items: Float32Array, config: IalsConfig): Float32Array {
  const { dimensions } = config;
  const weights = weightsOf(config);
  return solveRows({
    dimensions,
    ...bySubject,
    factors: items,
    weightedGram: gram(items, dimensions, weights.unobserved),
    others: items.length / dimensions,
    weights,
  });
}

function rowsOf(factors: Float32Array, rows: Uint32Array, dimensions: number): Float32Array {
  const gathered = new Float32Array(rows.length * dimensions);
  for (let at = 0, to = 0; at < rows.length; at++)
    for (let from = rows[at] * dimensions, k = 0; k < dimensions; k++) gathered[to++] = factors[from + k];
  return gathered;
}

function weightsOf({ unobservedWeight, regularization }: IalsConfig): IalsWeights {
  return { unobserved: unobservedWeight, regularization };
}
