export { Checkpointing } from './checkpointing.js';
export {
  closeSqlite,
  openSqlite,
  truncateWal,
  type SqliteDatabase,
  type SqliteOptions,
} from './open-sqlite.js';
export { sqliteFailureOf, type SqliteFailure } from './sqlite-failure.js';
