export type {
  AggregatedShard,
  Aggregation,
  AggregatorKind,
  AggregatorOpening,
  OpenAggregator,
  ShardAnswers,
  SummedShards,
} from './aggregator.js';
export { balancedPartition, type BalancedPartitionJob } from './balanced-partition.js';
export {
  aggregatorAdds,
  aggregatorReads,
  aggregatorReady,
  aggregatorSolves,
  buildAggregator,
  sumShards,
  type AggregatorJob,
  type AggregatorWork,
  type ShardSummary,
} from './build-aggregator.js';
export { leavesOf } from './dataset-map.js';
export { draw, drawsOf, type Draw, type NamedDraws } from './draws.js';
export { checkGenesis, createGenesis, genesisDigest, type GenesisChoices } from './genesis.js';
export type { Influences, SubModelInfluences } from './influences.js';
export { LearningError, type LearningErrorCode } from './learning-error.js';
export { AGGREGATOR_FILE, manifestBytes, manifestDigest, parseManifest, shardFileName } from './manifest.js';
export {
  configDigest,
  defaultModelConfig,
  influencesOf,
  kernelDigestOf,
  numericProfileOf,
  validateModelConfig,
} from './model-config.js';
export { catalogueDigest } from './model-file.js';
export {
  lastRounds,
  rebuildShard,
  type KeptCheckpoint,
  type OnRound,
  type ShardJob,
  type ShardResult,
  type ShardWork,
  type SliceCheckpoint,
  type TrainedShard,
} from './rebuild-shard.js';
export { canRevise, type PreviousShard } from './revise-shard.js';
export { readTensors, writeTensors, type Tensor, type TensorData, type TensorFile } from './safetensors.js';
export {
  asksShards,
  ModelScorer,
  usesDegrees,
  type ModelFiles,
  type Recommendation,
  type RecommendationQuery,
} from './scorer.js';
export {
  canonicalCatalogue,
  canonicalShard,
  catalogueOfLine,
  countRecords,
  datasetOf,
  sliceOf,
  type CanonicalCatalogue,
  type CatalogueLists,
  type ShardDataset,
  type ShardSubject,
} from './shard-dataset.js';
export {
  IALS_OF_SHARDS,
  presetConfigs,
  STRATEGIES,
  strategyConfig,
  strategySummary,
  type StrategyChoice,
  type StrategyName,
} from './strategies.js';
export type {
  AfterRound,
  Factors,
  Opening,
  OpenSubModel,
  Person,
  SubModelTrainer,
  Training,
} from './sub-model.js';
export { preferredBackend } from './tensorflow-node.js';
export { requireFit } from './sub-models.js';
export { withdrawFromGram, type GramWithdrawal } from './withdraw-from-gram.js';
