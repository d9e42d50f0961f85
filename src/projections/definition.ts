import type { ReadModelsDefinition } from '#platform/read-models';
import { ENTITIES } from './entities/index.js';
import { PROJECTION_MIGRATIONS } from './migrations.js';

/** What the projections write. */
export const PROJECTIONS: ReadModelsDefinition = {
  name: 'projections',
  entities: ENTITIES,
  migrations: PROJECTION_MIGRATIONS,
};
