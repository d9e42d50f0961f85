import type { TwoTowerConfig } from '#libs/contracts';
import { IALS_DIGEST, towerLayout, TWO_TOWER_DIGEST, TwoTowers, type TowerShape } from '#libs/kernels';
import type { Tensor } from './safetensors.js';
import type { SubModelTrainer, Training } from './sub-model.js';
import { validateTwoTower } from './two-tower-config.js';
import { Episodes } from './two-tower-episodes.js';
import { openTwoTower } from './two-tower-model.js';
import { categoryTable, goOnFrom, initialParameters, shapeOf, tensorsOf } from './two-tower-parameters.js';
import { rowsKept, tagsOf } from './two-tower-people.js';

/**
 * Two towers, trained by EEMU's episodes (Efficient and Exact Machine Unlearning by meta-learning, PoPETs 2025) or plainly. With z the output of the
 * user tower and y_i those of the item tower, an episode of a person with support set S and query set Q
 *
 * - takes one step of gradient descent on (1/|S|) Σ_{i∈S} max(0, margin − z·y_i + z·ȳ), ȳ being the mean over the pool of negatives,
 *   in the person's embedding and the user tower (`fomaml`: Finn, Abbeel, Levine, ICML 2017), in these and the layers of the item tower
 *   (`fomaml-both`; there ȳ counts as constant), in the user tower's last layer (`anil`: Raghu et al., ICLR 2020), or in nothing (`plain`);
 * - gives the gradient of Σ_{i∈Q} max(0, margin − z′·y_i + z′·y_j) at the adapted weights to Adam; first order. The negative j has the
 *   greatest score, before items are adapted, of those that are drawn from the catalogue for the pair and of `inBatch` items that others
 *   of the batch are asked about, those left out that the person has met in this shard.
 *
 * The input of the user tower is the person's row and, where the line takes features of people, the mean of the embeddings of those that the
 * shard holds of the person; the inner step leaves that mean as it is.
 *
 * Embeddings of items are never adapted: those of the support are never recommended to the person. An adapted item tower makes
 * the outputs of all items depend on who asks: then each question costs a pass of the catalogue through it in every shard.
 */
export const twoTowerTrainer: SubModelTrainer<TwoTowerConfig> = {
  kind: 'two-tower',
  kernels: [TWO_TOWER_DIGEST, IALS_DIGEST], // scores are inner products, as those of iALS
  influences: ({ training, people }) => ({
    randomness: 'by-name',
    negatives: 'own-positives',
    selection: 'fixed',
    optimiser: 'fresh',
    start: 'genesis',
    statistics: 'own-shard',
    inference: [
      ...(people === 'rows' ? (['stored-people'] as const) : []),
      ...(training === 'plain' ? [] : (['present-records-and-degrees'] as const)),
    ],
  }),
  validate: validateTwoTower,
  rounds: ({ epochs }) => epochs,
  train,
  open: openTwoTower,
};

/** The tables and layers as two-tower-parameters.ts names them, and `person_tags`. All are 0 where the shard holds nothing. */
function train(training: Training<TwoTowerConfig>): Tensor[] {
  const { dataset, config, draw, start, afterRound } = training;
  const categories = categoryTable(dataset.categories);
  const subjects = config.people === 'rows' ? dataset.subjects : [];
  const names = {
    people: config.people === 'rows' ? subjects : [''],
    items: dataset.items,
    categories: categories.names,
    features: dataset.features,
  };
  const shape = shapeOf(config, categories, {
    people: names.people.length,
    features: dataset.features.length,
  });
  const tags = tagsOf(subjects, draw);
  if (dataset.subjects.length === 0) return [...untrained(shape, training), tags];
  const initial = initialParameters(shape, names, draw);
  if (start) goOnFrom(initial, start, shape, config.people === 'rows' ? rowsKept(start, tags) : [[0, 0]]);
  const episodes = new Episodes(dataset, config, draw);
  const towers = new TwoTowers(shape, episodes.capacity(), config);
  towers.write(initial);
  for (let epoch = 0; epoch < config.epochs; epoch++) {
    for (const batch of episodes.batches(epoch)) towers.step(batch);
    afterRound(towers.parameters());
  }
  return [...tensorsOf(towers.parameters(), shape), tags];
}

function untrained(shape: TowerShape, { config, afterRound }: Training<TwoTowerConfig>): Tensor[] {
  const parameters = new Float32Array(towerLayout(shape).length);
  for (let epoch = 0; epoch < config.epochs; epoch++) afterRound(parameters);
  return tensorsOf(parameters, shape);
}
