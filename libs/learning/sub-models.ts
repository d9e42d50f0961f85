import type { ModelConfig, SubModelConfig } from '#libs/contracts';
import { bprTrainer } from './bpr-trainer.js';
import { gramTrainer } from './gram-trainer.js';
import { ialsTrainer } from './ials-trainer.js';
import { LearningError } from './learning-error.js';
import { catalogueOfLine, type CatalogueLists } from './shard-dataset.js';
import type { SubModelTrainer } from './sub-model.js';
import { twoTowerTrainer } from './two-tower-trainer.js';

/** Every kind of sub-model; a new one is entered here and in SubModelConfig. */
const TRAINERS: {
  readonly [Kind in SubModelConfig['kind']]: SubModelTrainer<Extract<SubModelConfig, { kind: Kind }>>;
} = {
  bpr: bprTrainer,
  gram: gramTrainer,
  ials: ialsTrainer,
  'two-tower': twoTowerTrainer,
};

/** @throws LearningError CONFIG_SUB_MODEL_UNKNOWN */
export function trainerOf(kind: SubModelConfig['kind']): SubModelTrainer {
  const trainer = Object.hasOwn(TRAINERS, kind) ? TRAINERS[kind] : undefined;
  if (trainer === undefined)
    throw new LearningError('CONFIG_SUB_MODEL_UNKNOWN', 'no sub-model of that kind exists', {
      nextStep: `Use one of: ${Object.keys(TRAINERS).join(', ')}.`,
    });
  return trainer;
}

/**
 * Refuses a catalogue that a line cannot be trained with, as soon as its size is known: before a line is started, before anything is read
 * or logged for a training.
 *
 * @throws LearningError DATASET_TOO_LARGE, which says what fits; DATASET_ITEM_TWICE, DATASET_CATEGORIES_LENGTH
 * @example
 * requireFit(genesis.config, { items, categories });
 */
export function requireFit(
  config: Pick<ModelConfig, 'subModel' | 'profilePurpose'>,
  lists: CatalogueLists,
): void {
  trainerOf(config.subModel.kind).fits?.(config.subModel, catalogueOfLine(config, lists));
}
