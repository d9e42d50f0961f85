import pg from 'pg';
import { DataSource, type EntityManager, type QueryRunner } from 'typeorm';
import { WatchedClient } from '#platform/postgres';
import { migrationClasses, migrationsTable, type ReadModelsDefinition } from './definition.js';
import { postgresFailureOf } from './postgres-failure.js';
import { connectionString, placeFacts, schemaOf, type PostgresPlace } from './postgres-place.js';

const CONNECT_TIMEOUT = 10_000;
const INT8 = 20; // OID of bigint (pg_type.dat)

export interface SessionOptions {
  readonly connections: number;
  readonly readOnly?: boolean;
  /** Milliseconds after which a statement that gets no answer is given up; none for maintenance. */
  readonly answerWithin?: number;
}

/** Connects to the installation's schema, which need not exist yet. @throws ReadModelsError */
export async function openPostgresSource(
  definition: ReadModelsDefinition,
  place: PostgresPlace,
  { connections, readOnly = false, answerWithin }: SessionOptions,
): Promise<DataSource> {
  const settings = {
    search_path: schemaOf(place),
    default_transaction_read_only: readOnly ? 'on' : 'off',
    // A host that vanished holds the writer's lock no longer than this.
    tcp_keepalives_idle: '10',
    tcp_keepalives_interval: '5',
    tcp_keepalives_count: '3',
  };
  const source = new DataSource({
    type: 'postgres',
    schema: schemaOf(place),
    applicationName: `lacuna ${definition.name}`,
    connectTimeoutMS: CONNECT_TIMEOUT,
    poolSize: connections,
    logging: false, // what fails is told as an error
    poolErrorHandler: () => {}, // a broken connection is told to whoever asks next
    entities: [...definition.entities] as NonNullable<DataSource['options']['entities']>,
    migrations: migrationClasses(definition.migrations.postgres),
    migrationsTableName: migrationsTable(definition),
    extra: {
      Client: WatchedClient,
      connectionString: connectionString(place, settings),
      keepAlive: true,
      keepAliveInitialDelayMillis: CONNECT_TIMEOUT,
      query_timeout: answerWithin,
      types: { getTypeParser },
    },
  });
  try {
    return await initialize(source);
  } catch (error) {
    await source.destroy().catch(() => undefined);
    throw postgresFailureOf(error, placeFacts(place)) ?? error;
  }
}

/** Works on one connection; one that gave no answer in time is cut, so that nobody waits on it again. */
export async function withRunner<T>(
  source: DataSource,
  work: (manager: EntityManager, runner: QueryRunner) => Promise<T>,
): Promise<T> {
  const runner = source.createQueryRunner();
  try {
    return await work(runner.manager, runner);
  } catch (error) {
    if (gaveNoAnswer(error)) await cut(runner);
    throw error;
  } finally {
    await runner.release();
  }
}

export const gaveNoAnswer = (error: unknown): boolean =>
  error instanceof Error && error.message.includes('Query read timeout');

/** Ends a connection without a word; the server notices by itself. */
export async function cut(runner: QueryRunner): Promise<void> {
  const client = (await runner.connect()) as { connection?: { stream?: { destroy(): void } } };
  client.connection?.stream?.destroy();
}

/**
 * Entities say `blob`, which is SQLite's word. Text is in the order of its bytes, as in SQLite: what the collation of a database makes of
 * identifiers is another order on another server.
 */
async function initialize(source: DataSource): Promise<DataSource> {
  const { driver } = source;
  const normalize = driver.normalizeType.bind(driver);
  driver.normalizeType = (column) => (column.type === 'blob' ? 'bytea' : normalize(column));
  await source.initialize();
  for (const column of source.entityMetadatas.flatMap(({ columns }) => columns))
    if (driver.normalizeType(column) === 'text') column.collation = 'C';
  return source;
}

/** Counts and times come as numbers, as they do from SQLite; positions of the log are text in both. */
function getTypeParser(oid: number, format?: 'text' | 'binary'): (text: string) => unknown {
  if (oid === INT8 && format !== 'binary') return exactNumber;
  return pg.types.getTypeParser(oid, format) as (text: string) => unknown;
}

function exactNumber(text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number)) return number;
  throw new RangeError('a number of the read models is larger than a double holds exactly');
}
