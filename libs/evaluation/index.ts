export { deletionSequence, type SequenceOptions, type Step } from './deletion-sequence.js';
export {
  differencesOf,
  nextVersion,
  trainVersion,
  type LineVersion,
  type MemoryLine,
  type ShardVersion,
} from './memory-line.js';
export { CHANNELS, type ChannelName, type Influence, type Severity } from './leak-channels.js';
export { influencesOfLine, lintInfluences, type Finding, type LintReport } from './leak-lint.js';
export { namedRecords, type NamingOptions } from './named-records.js';
export {
  divideRecords,
  recordsOf,
  subjectsOf,
  withoutRecords,
  withRecords,
  type Change,
  type ShardedRecords,
} from './sharded-records.js';
export { PUBLISHED_LINES, type PublishedLine, type PublishedName } from './published-lines.js';
export { sampleOf, type SampledData, type SampleSize } from './sample.js';
export { smallConfigs, type NamedConfig } from './small-configs.js';
export { Bootstrap, meanOf, quantile, RESAMPLES, type Estimate } from './bootstrap.js';
export { countRecords, type Dataset, type People } from './dataset.js';
export { EvaluationError, type EvaluationErrorCode } from './evaluation-error.js';
export { activityGap, groupsOf, varianceOf, type Groups } from './groups.js';
export {
  LEAST_TESTED,
  NOT_MEASURED,
  utilityToKeep,
  type MeasuredPeople,
  type ShardsOfPeople,
} from './measured-utility.js';
export { hitRateAt, ndcgAt, recallAt } from './metrics.js';
export { sampledTest, splitDataset, SPLITS, validationSplit, type Split, type SplitName } from './split.js';
export { metricsAt, utilityOf, type Metric, type Utility } from './utility.js';
export type {
  CompletenessReport,
  CostReport,
  DifferenceReport,
  Estimates,
  EvaluationReport,
  LineReport,
} from './report.js';
export { activationDistance, aucOf, jensenShannon } from './forgetting.js';
export { svgOf, type Plot, type Point, type Series } from './plot.js';
export { plotsOf } from './report-plots.js';
export {
  requestStream,
  STREAM_NAMES,
  SUBSET_NAMES,
  type StreamName,
  type SubsetName,
  type UnlearningRequest,
} from './request-stream.js';
export type { UnlearningCheckpoint, UnlearningReport, UnlearningRun } from './unlearning-report.js';
export { gridOf, type GridPoint } from './grid.js';
