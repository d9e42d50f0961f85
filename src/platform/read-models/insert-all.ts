import type { EntityManager, EntityTarget, ObjectLiteral, QueryDeepPartialEntity } from 'typeorm';

const ROWS_A_STATEMENT = 500; // stays below SQLite's limit of 32,766 parameters, and PostgreSQL's of 65,535

/** Inserts rows; where the primary key is there already, replaces the row or keeps it. Of rows with one key the last stays, or the first. */
export async function insertAll<Row extends ObjectLiteral>(
  manager: EntityManager,
  entity: EntityTarget<Row>,
  rows: readonly Row[],
  present: 'replace' | 'keep' = 'replace',
): Promise<void> {
  const columns = manager.connection.getMetadata(entity).columns;
  const keys = columns.filter(({ isPrimary }) => isPrimary).map(({ propertyName }) => propertyName);
  const others = columns.filter(({ isPrimary }) => !isPrimary).map(({ databaseName }) => databaseName);
  const replaces = present === 'replace' && others.length > 0;
  await inSlices(replaces ? lastOfEachKey(rows, keys) : rows, async (slice) => {
    if (await insertedPlainly(manager, entity, slice, replaces)) return;
    const insert = manager
      .createQueryBuilder()
      .insert()
      .into(entity)
      .values(slice as unknown as QueryDeepPartialEntity<Row>[])
      .updateEntity(false);
    await (replaces ? insert.orUpdate(others, keys) : insert.orIgnore()).execute();
  });
}

/** The same statement as the query builder's, which takes longer to write it than the database to carry it out. False where a row leaves something to a default. */
async function insertedPlainly<Row extends ObjectLiteral>(
  manager: EntityManager,
  entity: EntityTarget<Row>,
  rows: readonly Row[],
  replaces: boolean,
): Promise<boolean> {
  const { driver } = manager.connection;
  const { columns, tablePath } = manager.connection.getMetadata(entity);
  const values: unknown[] = [];
  for (const row of rows)
    for (const column of columns) {
      const value: unknown = row[column.propertyName];
      if (value === undefined) return false;
      values.push(driver.preparePersistentValue(value, column));
    }
  const name = (column: { readonly databaseName: string }): string => driver.escape(column.databaseName);
  const table = tablePath
    .split('.')
    .map((part) => driver.escape(part))
    .join('.');
  const places = values.map((_, at) => driver.createParameter(String(at), at));
  const tuples = rows.map(
    (_, at) => `(${places.slice(at * columns.length, (at + 1) * columns.length).join()})`,
  );
  const keys = columns.filter(({ isPrimary }) => isPrimary).map(name);
  const replaced = columns.filter(({ isPrimary }) => !isPrimary).map(name);
  const then = replaces
    ? `(${keys.join()}) DO UPDATE SET ${replaced.map((one) => `${one} = EXCLUDED.${one}`).join()}`
    : 'DO NOTHING';
  await manager.query(
    `INSERT INTO ${table} (${columns.map(name).join()}) VALUES ${tuples.join()} ON CONFLICT ${then}`,
    values,
  );
  return true;
}

/** PostgreSQL replaces a row no more than once a statement. */
function lastOfEachKey<Row extends ObjectLiteral>(rows: readonly Row[], keys: readonly string[]): Row[] {
  return [
    ...new Map(rows.map((row) => [JSON.stringify(keys.map((key): unknown => row[key])), row])).values(),
  ];
}

/** Deletes all rows. TRUNCATE would be quicker, and empty the table under the eyes of a snapshot on PostgreSQL that has not read it yet. */
export async function deleteAll(manager: EntityManager, entity: EntityTarget<ObjectLiteral>): Promise<void> {
  await manager.createQueryBuilder().delete().from(entity).execute();
}

/** Does something with all values, as many at a time as one statement takes. */
export async function inSlices<Value>(
  values: readonly Value[],
  work: (slice: readonly Value[]) => Promise<unknown>,
): Promise<void> {
  for (let at = 0; at < values.length; at += ROWS_A_STATEMENT)
    await work(values.slice(at, at + ROWS_A_STATEMENT));
}
