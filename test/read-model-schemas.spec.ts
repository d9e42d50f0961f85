import { afterAll, describe, expect, it } from '@jest/globals';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { readModelPlaces } from '#libs/testkit';
import { openReadModels, type ReadModelsDefinition } from '#platform/read-models';
import { LEDGER_INDEX } from '#stages/explorer';
import { PROJECTIONS } from '#stages/projections';

/** What TypeORM would still change in a database, so that it is as the entities say. */
async function missingStatements(options: DataSourceOptions): Promise<string[]> {
  const source = new DataSource(options);
  const normalize = source.driver.normalizeType.bind(source.driver);
  const isPostgres = options.type === 'postgres';
  if (isPostgres)
    source.driver.normalizeType = (column) => (column.type === 'blob' ? 'bytea' : normalize(column));
  await source.initialize();
  for (const column of source.entityMetadatas.flatMap(({ columns }) => columns))
    if (isPostgres && source.driver.normalizeType(column) === 'text') column.collation = 'C';
  const { upQueries } = await source.driver.createSchemaBuilder().log();
  await source.destroy();
  return upQueries.map(({ query }) => query);
}

describe.each(await readModelPlaces('schemas'))(
  'the migrations of read models on $dialect',
  ({ next, drop }) => {
    afterAll(drop);

    it.each([PROJECTIONS, LEDGER_INDEX])('make what the entities of $name say', async (definition) => {
      const place = next();
      await (await openReadModels(definition, place)).close();
      expect(await missingStatements(optionsOf(definition, place))).toEqual([]);
    });

    it('are missed where there are none', async () => {
      expect(await missingStatements(optionsOf(LEDGER_INDEX, next()))).not.toEqual([]);
    });
  },
);

function optionsOf(
  { entities }: ReadModelsDefinition,
  place: ReturnType<Awaited<ReturnType<typeof readModelPlaces>>[number]['next']>,
): DataSourceOptions {
  const shared = { entities: [...entities] as NonNullable<DataSourceOptions['entities']> };
  if ('file' in place) return { ...shared, type: 'better-sqlite3', database: place.file };
  const schema = `lacuna_${place.installation.replaceAll('-', '')}`;
  return {
    ...shared,
    type: 'postgres',
    url: place.url,
    schema,
    extra: { options: `-c search_path=${schema}` },
  };
}
