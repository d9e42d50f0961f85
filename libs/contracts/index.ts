export { catalogueLists, catalogueRoot, sortedItemIds, type CatalogueItem } from './catalogue.js';
export type {
  CatalogueEvent,
  DataOf,
  InteractionEvent,
  LacunaEvent,
  LacunaEventType,
  LedgerEvent,
  LegalGround,
  ModelEvent,
  RebuildEvent,
  RefusalReason,
  RequestEvent,
  RequestKind,
  RequestScope,
  Sealed,
  SealedInteraction,
  SliceWork,
  SubjectEvent,
} from './events.js';
export { keyNames } from './keys.js';
export type {
  AggregatorConfig,
  AttentionConfig,
  BprConfig,
  CheckpointManifest,
  DataDependentPartition,
  EaseConfig,
  Genesis,
  GramConfig,
  GramScope,
  IalsConfig,
  MeanConfig,
  MetaConfig,
  ModelConfig,
  ModelManifest,
  PartitionConfig,
  ShardManifest,
  SubModelConfig,
  TwoTowerConfig,
} from './model.js';
export { PackedCursor } from './packed-cursor.js';
export { mergePacked, packRecords, unpackRecords, type StoredRecord } from './packed-records.js';
export {
  coarseLabel,
  coarseLabelsAround,
  encodeIdentity,
  OPENING_LENGTH,
  recordCommitment,
  recordLabel,
  recordText,
  type InteractionRecord,
  type RecordIdentity,
} from './records.js';
