import { MigrationExecutor, type DataSource, type QueryRunner } from 'typeorm';
import { migrationsTable, type ReadModelsDefinition } from './definition.js';
import { schemaOf, type PostgresPlace } from './postgres-place.js';
import { ReadModelsError } from './read-models-error.js';

/** The oldest version that its makers still mend when this was written. */
const OLDEST_MAJOR = 14;

/** @param version value of server_version_num, such as 150020. @throws ReadModelsError READ_MODELS_SERVER_TOO_OLD */
export function requireServerVersion(version: number): void {
  const major = Math.floor(version / 10_000);
  if (major >= OLDEST_MAJOR) return;
  throw new ReadModelsError('READ_MODELS_SERVER_TOO_OLD', 'this version of PostgreSQL is too old', {
    facts: { major, oldest: OLDEST_MAJOR },
    nextStep: `Let LACUNA_POSTGRES_URL name a server of version ${OLDEST_MAJOR} or later.`,
  });
}

export async function serverVersionOf(runner: QueryRunner): Promise<number> {
  const [{ version }] = (await runner.query(
    `SELECT current_setting('server_version_num')::int AS version`,
  )) as [{ version: number }];
  return version;
}

/**
 * What of the schema has to be done.
 *
 * @returns `absent` when there is nothing yet
 * @throws ReadModelsError READ_MODELS_SCHEMA_NEWER
 */
export async function stateOfSchema(
  definition: ReadModelsDefinition,
  runner: QueryRunner,
): Promise<'absent' | 'current' | 'pending'> {
  const recorded = await recordedMigrations(definition, runner);
  const known = definition.migrations.postgres.map(({ name }) => name);
  const unknown = recorded.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new ReadModelsError(
      'READ_MODELS_SCHEMA_NEWER',
      'a later version of Lacuna made these read models',
      {
        facts: { migration: unknown },
        nextStep:
          'Run the version that made them, or let LACUNA_POSTGRES_URL name another database, or `lacuna read-models reset`, which fills them again from the events.',
      },
    );
  if (recorded.length === 0) return 'absent';
  return recorded.length === known.length ? 'current' : 'pending';
}

async function recordedMigrations(definition: ReadModelsDefinition, runner: QueryRunner): Promise<string[]> {
  const table = migrationsTable(definition);
  const [{ there }] = (await runner.query('SELECT to_regclass($1) IS NOT NULL AS there', [table])) as [
    { there: boolean },
  ];
  if (!there) return [];
  const rows = (await runner.query(`SELECT name FROM "${table}" ORDER BY id`)) as { name: string }[];
  return rows.map(({ name }) => name);
}

/** Makes what is not there yet. @throws ReadModelsError READ_MODELS_MIGRATIONS_PENDING, READ_MODELS_SCHEMA_NEWER */
export async function ensureSchema(
  definition: ReadModelsDefinition,
  place: PostgresPlace,
  source: DataSource,
  runner: QueryRunner,
): Promise<void> {
  const state = await stateOfSchema(definition, runner);
  if (state === 'pending') throw pending(definition);
  if (state === 'absent') await migrate(place, source, runner);
}

/** Takes the steps that are missing, all or none. */
export async function migrate(
  place: PostgresPlace,
  source: DataSource,
  runner: QueryRunner,
): Promise<readonly string[]> {
  // Asked first, because a user who may not make schemas can still own one that was made for them.
  const schema = schemaOf(place);
  const [{ there }] = (await runner.query('SELECT to_regnamespace($1) IS NOT NULL AS there', [schema])) as [
    { there: boolean },
  ];
  if (!there) await runner.query(`CREATE SCHEMA IF NOT EXISTS "${schema}"`);
  const executor = new MigrationExecutor(source, runner);
  return (await executor.executePendingMigrations()).map(({ name }) => name);
}

function pending({ name }: ReadModelsDefinition): ReadModelsError {
  return new ReadModelsError(
    'READ_MODELS_MIGRATIONS_PENDING',
    'an earlier version of Lacuna made these read models',
    {
      facts: { readModels: name },
      nextStep:
        'Run `lacuna read-models migrate` with LACUNA_POSTGRES_URL as it is: it says what is to be done, and the tables are filled again where that is needed.',
    },
  );
}
