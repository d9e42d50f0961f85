export { AliasService, type Alias } from './alias-service.js';
export { CatalogueService } from './catalogue-service.js';
export {
  ConsentService,
  type ConsentDecision,
  type ConsentOutcome,
  type ConsentTerms,
} from './consent-service.js';
export { createIngest, type Ingest, type IngestOptions } from './create-ingest.js';
export { systemEdge, type Edge } from './edge.js';
export { EventSourcedIngestState } from './event-sourced-ingest-state.js';
export type { ImportCounts, ImportPolicy, RejectedLine } from './import/import-batch.js';
export {
  FileImportCheckpoints,
  type ImportCheckpoint,
  type ImportCheckpoints,
} from './import/import-checkpoints.js';
export {
  ImportService,
  type ImportOptions,
  type ImportProgress,
  type ImportSummary,
  type ProfileImportOptions,
  type ProfileSummary,
} from './import/import-service.js';
export { parseColumnNames, type ColumnNames, type RatingFormat } from './import/rating-format.js';
export { readItems } from './import/items-file.js';
export { readProfiles, type ProfileColumns, type ProfileLine } from './import/profiles-file.js';
export { readLines, type LineChunk } from './import/read-lines.js';
export { readRatings, type RatingRow, type RatingsOptions } from './import/read-ratings.js';
export {
  IngestError,
  rejectionError,
  type IngestErrorCode,
  type Rejection,
  type RejectionCode,
} from './ingest-error.js';
export type {
  CataloguedItem,
  CatalogueState,
  IngestState,
  ItemStatus,
  SubjectStatus,
} from './ingest-state.js';
export {
  DEFAULT_RULES,
  type EntryResult,
  type InteractionEntry,
  type InteractionRules,
} from './interaction.js';
export { InteractionService } from './interaction-service.js';
export { parseTime } from './parse-time.js';
export {
  syntheticDataset,
  type SyntheticDataset,
  type SyntheticOptions,
  type SyntheticRow,
} from './synthetic/synthetic-dataset.js';
