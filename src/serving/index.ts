export type {
  ItemDegrees,
  ModelFileReader,
  PresentRecords,
  PublishedModel,
  PublishedModels,
  ServedCatalogue,
  SubjectDirectory,
} from './ports.js';
export { QuarantinedShards } from './quarantined-shards.js';
export {
  Recommendations,
  type NothingCode,
  type RecommendationList,
  type Recommended,
} from './recommendations.js';
export { ServingError, type ServingErrorCode } from './serving-error.js';
