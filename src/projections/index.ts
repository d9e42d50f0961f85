export { CatalogueQueries, type CatalogueVersion } from './catalogue-queries.js';
export { StoreInteractionFold, type FoldedInteractions, type InteractionFold } from './interaction-fold.js';
export { openProjections, type Projections, type ProjectionsOptions } from './open-projections.js';
export { PeopleQueries, type SubjectStatus } from './people-queries.js';
export { ProjectionRunner, type ProjectionProgress, type RunnerOptions } from './projection-runner.js';
export type { RecordChunk } from './record-chunks.js';
export { ItemDegrees } from './item-degrees.js';
export { ShardSnapshots, type ShardSnapshot, type SnapshotQuery } from './shard-snapshots.js';
export type { SubjectRecords, TrainableQuery } from './trainable-records.js';
