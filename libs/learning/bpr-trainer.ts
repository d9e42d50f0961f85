import type { BprConfig } from '#libs/contracts';
import { BPR_DIGEST, BprFoldIn, BprTraining, IALS_DIGEST, KEY_WORDS, ScoringTable } from '#libs/kernels';
import type { Draw } from './draws.js';
import { checkConfigFields, checkDimensions, isPositiveFloat } from './fields.js';
import { LearningError } from './learning-error.js';
import { tensorOf } from './model-file.js';
import type { Tensor } from './safetensors.js';
import type { ShardDataset } from './shard-dataset.js';
import type { OpenSubModel, Opening, Person, SubModelTrainer, Training } from './sub-model.js';

const MAX_EPOCHS = 1000;
const MAX_PASSES = 100;
const FIELDS = [
  'kind',
  'dimensions',
  'epochs',
  'learningRate',
  'regularization',
  'initScale',
  'foldInPasses',
];

/**
 * BPR, Bayesian personalised ranking (Rendle, Freudenthaler, Gantner, Schmidt-Thieme, UAI 2009) of matrix factorisation. With j an item
 * that person u has not met in this shard, it lowers
 *
 *   Σ_{(u,i)} −ln σ(⟨w_u, h_i − h_j⟩) + λ/2 (‖w_u‖² + ‖h_i‖² + ‖h_j‖²)
 *
 * by Adagrad, one negative a pair and epoch. The negative is drawn from the catalogue by the names of the epoch, the person and the item;
 * people come in an order drawn by their names for each epoch, the items of a person in catalogue order. (The paper draws pairs with
 * replacement from one stream, which would let one person's records move everybody's draws.)
 *
 * The model is the item factors. A person's factors are a function of their present records and are never stored: `foldInPasses` passes
 * of the same steps, from zeros, over the present items, with the items as they are.
 */
export const bprTrainer: SubModelTrainer<BprConfig> = {
  kind: 'bpr',
  kernels: [BPR_DIGEST, IALS_DIGEST], // scores are inner products, as those of iALS
  influences: () => ({
    randomness: 'by-name',
    negatives: 'own-positives',
    selection: 'fixed',
    optimiser: 'fresh',
    start: 'genesis',
    statistics: 'own-shard',
    inference: ['present-records'],
  }),
  validate,
  rounds: ({ epochs }) => epochs,
  train,
  open,
};

function validate(config: BprConfig): void {
  checkConfigFields(config, 'subModel', FIELDS);
  checkDimensions(config.dimensions);
  checkRange(config, 'epochs', MAX_EPOCHS);
  checkRange(config, 'foldInPasses', MAX_PASSES);
  for (const field of ['learningRate', 'regularization', 'initScale'] as const)
    if (!isPositiveFloat(config[field]))
      throw new LearningError('CONFIG_NUMBER_NOT_POSITIVE', `subModel.${field} must be a positive number`, {
        facts: { field },
      });
}

function checkRange(config: BprConfig, field: 'epochs' | 'foldInPasses', most: number): void {
  if (!Number.isInteger(config[field]) || config[field] < 1 || config[field] > most)
    throw new LearningError('CONFIG_VALUE_INVALID', `subModel.${field} must be 1 … ${most}`, {
      facts: { field },
    });
}

/** One tensor, `item_factors` [items, dimensions]; zeros where the shard is empty. */
function train({ dataset, config, draw, start, afterRound }: Training<BprConfig>): Tensor[] {
  const { dimensions, epochs } = config;
  const { items, subjects } = dataset;
  const shape = [items.length, dimensions];
  const before = start && tensorOf(start, 'item_factors', shape);
  const isEmpty = subjects.length === 0;
  const training = isEmpty ? undefined : new BprTraining(problemOf(dataset, config, draw, before));
  const orders = ordersOf(subjects, draw);
  let data: Float32Array = new Float32Array(items.length * dimensions);
  for (let epoch = 0; epoch < epochs; epoch++) {
    training?.epoch(epoch, orders(epoch));
    data = training?.items() ?? data;
    afterRound(data);
  }
  return [{ name: 'item_factors', shape, data }];
}

function problemOf(
  { items, subjects, bySubject }: ShardDataset,
  config: BprConfig,
  draw: Draw,
  before?: Float32Array,
): ConstructorParameters<typeof BprTraining>[0] {
  const isTrained = before?.some((value) => value !== 0);
  return {
    ...config,
    ...bySubject,
    keys: wordsOf(subjects, KEY_WORDS, draw, 'bpr/negatives'),
    names: wordsOf(items, 1, draw, 'bpr/items'),
    people: initialFactors(subjects, config, draw, 'bpr/person-factors'),
    items: before && isTrained ? before : initialFactors(items, config, draw, 'bpr/item-factors'),
  };
}

/** Normal draws of the deviation initScale/√dimensions, named after the person or item alone. */
function initialFactors(
  ids: readonly string[],
  { dimensions, initScale }: BprConfig,
  draw: Draw,
  purpose: string,
): Float32Array {
  const factors = new Float32Array(ids.length * dimensions);
  const deviation = initScale / Math.sqrt(dimensions);
  ids.forEach((id, row) => {
    const draws = draw(purpose, id);
    for (let k = 0; k < dimensions; k++) factors[row * dimensions + k] = deviation * draws.normal(k);
  });
  return factors;
}

/** Words drawn by name, as keys of draws that are made within the kernel. */
function wordsOf(ids: readonly string[], words: number, draw: Draw, purpose: string): Uint32Array {
  const drawn = new Uint32Array(ids.length * words);
  ids.forEach((id, row) => {
    const draws = draw(purpose, id);
    for (let word = 0; word < words; word++) drawn[row * words + word] = draws.uniform(word) * 2 ** 32;
  });
  return drawn;
}

/** People in the order of an epoch: by a number drawn by name, ties (one in 2^32) in the order of the pseudonyms. */
function ordersOf(subjects: readonly string[], draw: Draw): (epoch: number) => Uint32Array {
  const draws = subjects.map((subject) => draw('bpr/order', subject));
  return (epoch) => {
    const numbers = Float64Array.from(draws, (person) => person.uniform(epoch));
    return Uint32Array.from(numbers.keys()).sort((a, b) => numbers[a] - numbers[b] || a - b);
  };
}

/**
 * Folds people in. Their negatives are drawn by the names of the pass and the item alone, the same for everybody who has met the item
 * and not the negative, so that the answer follows from the records and not from who asks.
 */
function open(tensors: readonly Tensor[], { config, items, draw }: Opening<BprConfig>): OpenSubModel {
  const { dimensions } = config;
  const factors = tensorOf(tensors, 'item_factors', [items.length, dimensions]);
  if (factors.every((value) => value === 0)) return { score: () => undefined };
  const table = new ScoringTable(factors, dimensions);
  const foldIn = new BprFoldIn({
    ...config,
    items: factors,
    names: wordsOf(items, 1, draw, 'bpr/items'),
    key: wordsOf([''], KEY_WORDS, draw, 'bpr/fold-in'),
    passes: config.foldInPasses,
  });
  const person = ({ present }: Person): Float32Array => foldIn.person(present);
  return { score: (whom) => table.scores(person(whom)), factors: { dimensions, items: factors, person } };
}
