import type { EntityManager, EntityTarget, ObjectLiteral, QueryDeepPartialEntity } from 'typeorm';

const ROWS_A_STATEMENT = 500; // stays below SQLite's limit of 32,766 parameters

/** Inserts or replaces rows by primary key. */
export async function insertAll<Row extends ObjectLiteral>(
  manager: EntityManager,
  entity: EntityTarget<Row>,
  rows: readonly Row[],
): Promise<void> {
  const columns = manager.connection.getMetadata(entity).columns;
  const keys = columns.filter(({ isPrimary }) => isPrimary).map(({ propertyName }) => propertyName);
  const others = columns.filter(({ isPrimary }) => !isPrimary).map(({ databaseName }) => databaseName);
  for (let at = 0; at < rows.length; at += ROWS_A_STATEMENT) {
    const insert = manager
      .createQueryBuilder()
      .insert()
      .into(entity)
      .values(rows.slice(at, at + ROWS_A_STATEMENT) as QueryDeepPartialEntity<Row>[])
      .updateEntity(false);
    await (others.length > 0 ? insert.orUpdate(others, keys) : insert.orIgnore()).execute();
  }
}
