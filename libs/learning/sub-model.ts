import type { SubModelConfig } from '#libs/contracts';
import type { Draw } from './draws.js';
import type { Tensor } from './safetensors.js';
import type { ShardDataset } from './shard-dataset.js';

/** Called after each sweep with the parameters as they stand then; they are read before it returns and not kept. */
export type AfterSweep = (sweep: number, parameters: Float32Array) => void;

/** A sub-model that answers questions: one shard of a published version. */
export interface OpenSubModel {
  /**
   * Score of every item (catalogue order) for a person of whom only `present` is known: item indices, ascending, each once.
   * Nothing of it is kept. Undefined where the sub-model has nothing to say (an empty shard).
   */
  score(present: Uint32Array): Float32Array | undefined;
}

/** One kind of sub-model. Everything it draws comes from `draw`; everything it sees is in the dataset (DESIGN §4.1, §4.4). */
export interface SubModelTrainer<Config extends SubModelConfig = SubModelConfig> {
  readonly kind: Config['kind'];
  /** Refuses a configuration that cannot be trained, with a coded error. */
  validate(config: Config): void;
  /** Tensors of the trained shard. An empty dataset is legal. */
  train(dataset: ShardDataset, config: Config, draw: Draw, afterSweep: AfterSweep): Tensor[];
  /** @param items number of items in the catalogue */
  open(tensors: readonly Tensor[], items: number, config: Config): OpenSubModel;
}
