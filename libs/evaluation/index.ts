export { deletionSequence, type SequenceOptions, type Step } from './deletion-sequence.js';
export {
  differencesOf,
  nextVersion,
  trainVersion,
  type LineVersion,
  type MemoryLine,
  type ShardVersion,
} from './memory-line.js';
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
export { sampleOf, type SampledData, type SampleSize } from './sample.js';
export { smallConfigs, type NamedConfig } from './small-configs.js';
