export { Announcement } from './announcement.js';
export { ModelLines, type NewLine } from './model-lines.js';
export type {
  CatalogueVersion,
  CatalogueVersions,
  ModelFiles,
  ModelNotary,
  People,
  Publication,
  RebuildProgress,
  ShardRecords,
  ShardSnapshot,
  ShardMaps,
  ShardSnapshots,
  TombstoneMap,
  Trainer,
  SnapshotQuery,
} from './ports.js';
export { ModelSweep } from './model-sweep.js';
export { Publisher } from './publisher.js';
export { RebuildBook } from './rebuild-book.js';
export { Rebuilds, type RebuildOrder, type RebuildsParts } from './rebuilds.js';
export { Retirement } from './retirement.js';
export { Trainings } from './trainings.js';
export { UnlearningError, type UnlearningErrorCode } from './unlearning-error.js';
