import { rmSync } from 'node:fs';
import Database from 'better-sqlite3';
import { DataSource, type DataSourceOptions, type EntityManager } from 'typeorm';
import { Checkpointing } from '#platform/sqlite';
import { migrationClasses, migrationsTable, type ReadModelsDefinition } from './definition.js';
import { readModelsAbsent } from './read-models-error.js';
import type { ReadModels, ReadModelsReader } from './read-models.js';
import { SingleWriter } from './single-writer.js';

/** Milliseconds; short, because waiting blocks the thread on which the other side would have to finish. */
const LOCK_TIMEOUT = 50;

type SqliteOptions = Extract<DataSourceOptions, { type: 'better-sqlite3' }>;

export async function openSqliteReadModels(
  definition: ReadModelsDefinition,
  file: string,
): Promise<ReadModels> {
  if (!isCurrent(definition, file)) dropFiles(file);
  const writer = await open(definition, file, { enableWAL: true });
  await writer.runMigrations({ transaction: 'all' });
  const reader = await open(definition, file, { readonly: true });
  const queue = new SingleWriter();
  const { databaseConnection } = writer.driver as unknown as { databaseConnection: Database.Database };
  const checkpointing = new Checkpointing(databaseConnection);
  return {
    read: (work) => work(reader.manager),
    write: (work) =>
      queue.next(async () => {
        await checkpointing.room();
        const done = await writer.transaction(work);
        checkpointing.committed();
        return done;
      }),
    snapshot: (work) => snapshot(definition, file, work),
    async scrubLog() {
      await queue.idle();
      return checkpointing.truncate();
    },
    async close() {
      await queue.idle();
      await checkpointing.close();
      await reader.destroy();
      await writer.destroy();
    },
  };
}

/**
 * Opens read models that another process writes.
 * @throws ReadModelsError READ_MODELS_ABSENT until that process has made them
 */
export async function openSqliteReader(
  definition: ReadModelsDefinition,
  file: string,
): Promise<ReadModelsReader> {
  if (!isCurrent(definition, file)) throw readModelsAbsent();
  const reader = await open(definition, file, { readonly: true });
  return {
    read: (work) => work(reader.manager),
    snapshot: (work) => snapshot(definition, file, work),
    close: () => reader.destroy(),
  };
}

async function snapshot<T>(
  definition: ReadModelsDefinition,
  file: string,
  work: (manager: EntityManager) => Promise<T>,
): Promise<T> {
  const connection = await open(definition, file, { readonly: true });
  try {
    return await connection.transaction(work);
  } finally {
    await connection.destroy();
  }
}

function open(
  definition: ReadModelsDefinition,
  file: string,
  more: Partial<SqliteOptions>,
): Promise<DataSource> {
  return new DataSource({
    type: 'better-sqlite3',
    database: file,
    timeout: LOCK_TIMEOUT,
    entities: [...definition.entities] as NonNullable<SqliteOptions['entities']>,
    migrations: migrationClasses(definition.migrations.sqlite),
    migrationsTableName: migrationsTable(definition),
    prepareDatabase: (database: Database.Database) => {
      // Commits may be lost in a power cut, never torn: the events fill the tables again.
      database.pragma('synchronous = NORMAL');
      database.pragma('secure_delete = ON');
      database.pragma('cache_size = -65536');
    },
    ...more,
  }).initialize();
}

/** Whether the file was made by exactly these migrations. */
function isCurrent(definition: ReadModelsDefinition, file: string): boolean {
  let database: Database.Database | undefined;
  try {
    database = new Database(file, { fileMustExist: true });
    const recorded = database
      .prepare(`SELECT name FROM "${migrationsTable(definition)}" ORDER BY id`)
      .pluck()
      .all();
    return JSON.stringify(recorded) === JSON.stringify(definition.migrations.sqlite.map(({ name }) => name));
  } catch {
    return false; // missing or damaged: nothing in it that the events could not give again
  } finally {
    database?.close();
  }
}

function dropFiles(file: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(`${file}${suffix}`, { force: true });
}
