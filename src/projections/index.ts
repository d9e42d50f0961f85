export { CatalogueQueries, type CatalogueVersion } from './catalogue-queries.js';
export { openProjections, type Projections, type ProjectionsOptions } from './open-projections.js';
export { PeopleQueries, type SubjectStatus } from './people-queries.js';
export { ProjectionRunner, type ProjectionProgress } from './projection-runner.js';
export {
  ShardSnapshots,
  type ShardRecords,
  type ShardSnapshot,
  type SnapshotQuery,
} from './shard-snapshots.js';
