import type { EntityManager, EntityTarget, ObjectLiteral } from 'typeorm';

/*
 * Rows that come by the million in the order of their key are appended to a table, but each of their digests goes to a place of its own in
 * an index: a page read and written for each. Without the indexes rows go in as fast as they are made, and each index is sorted once.
 */

/** Takes the indexes of a SQLite table away while very many rows are filled in; whoever asks meanwhile scans. */
export async function dropIndexes(
  manager: EntityManager,
  entity: EntityTarget<ObjectLiteral>,
): Promise<void> {
  for (const { name } of indexesOf(manager, entity)) await manager.query(`DROP INDEX IF EXISTS "${name}"`);
}

/** Brings back what `dropIndexes` took away, or an interruption has left away. */
export async function createIndexes(
  manager: EntityManager,
  entity: EntityTarget<ObjectLiteral>,
): Promise<void> {
  const { tableName } = manager.connection.getMetadata(entity);
  for (const { name, columns } of indexesOf(manager, entity)) {
    const names = columns.map(({ databaseName }) => `"${databaseName}"`).join(', ');
    await manager.query(`CREATE INDEX IF NOT EXISTS "${name}" ON "${tableName}" (${names})`);
  }
}

/** None of another database: PostgreSQL fills its tables from many places at once, and keeps its indexes. */
function indexesOf(manager: EntityManager, entity: EntityTarget<ObjectLiteral>) {
  const { connection } = manager;
  return connection.options.type === 'better-sqlite3' ? connection.getMetadata(entity).indices : [];
}
