import type { EntityManager, EntityTarget, ObjectLiteral, QueryDeepPartialEntity } from 'typeorm';

const ROWS_A_STATEMENT = 500; // stays below SQLite's limit of 32,766 parameters

/** Inserts rows; where the primary key is there already, replaces the row or keeps it. */
export async function insertAll<Row extends ObjectLiteral>(
  manager: EntityManager,
  entity: EntityTarget<Row>,
  rows: readonly Row[],
  present: 'replace' | 'keep' = 'replace',
): Promise<void> {
  const columns = manager.connection.getMetadata(entity).columns;
  const keys = columns.filter(({ isPrimary }) => isPrimary).map(({ propertyName }) => propertyName);
  const others = columns.filter(({ isPrimary }) => !isPrimary).map(({ databaseName }) => databaseName);
  await inSlices(rows, async (slice) => {
    const insert = manager
      .createQueryBuilder()
      .insert()
      .into(entity)
      .values(slice as unknown as QueryDeepPartialEntity<Row>[])
      .updateEntity(false);
    const replaces = present === 'replace' && others.length > 0;
    await (replaces ? insert.orUpdate(others, keys) : insert.orIgnore()).execute();
  });
}

/** Does something with all values, as many at a time as one statement takes. */
export async function inSlices<Value>(
  values: readonly Value[],
  work: (slice: readonly Value[]) => Promise<unknown>,
): Promise<void> {
  for (let at = 0; at < values.length; at += ROWS_A_STATEMENT)
    await work(values.slice(at, at + ROWS_A_STATEMENT));
}
