import { rmSync } from 'node:fs';
import Database from 'better-sqlite3';
import { DataSource, type DataSourceOptions, type EntityManager, type EntityTarget } from 'typeorm';
import { SingleWriter } from './single-writer.js';

/** Milliseconds; short, because waiting blocks the thread on which the other side would have to finish. */
const LOCK_TIMEOUT = 50;

type SqliteOptions = Extract<DataSourceOptions, { type: 'better-sqlite3' }>;

export interface ReadModelsOptions {
  readonly file: string;
  readonly entities: readonly EntityTarget<object>[];
  /** Raise it when tables or the meaning of their rows change: an older file is dropped and filled again from the events. */
  readonly schemaVersion: number;
}

/** Rebuildable tables: one writer, and readers who see what was committed last. */
export interface ReadModels {
  readonly writer: DataSource;
  /** Read-only; sees committed states, never a half-written one. */
  readonly reader: DataSource;
  write<T>(work: (manager: EntityManager) => Promise<T>): Promise<T>;
  /** Reads several tables as of one moment, however long it takes and whatever is written meanwhile. */
  snapshot<T>(work: (manager: EntityManager) => Promise<T>): Promise<T>;
  /** Empties the write-ahead log, so that deleted rows leave no bytes there. @returns false while a snapshot holds it */
  scrubLog(): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * Opens the read models, empty when the file is missing, damaged, or of another schema version.
 *
 * @example
 * const models = await openReadModels({ file: paths.readModels, entities: PROJECTION_ENTITIES, schemaVersion: 1 });
 */
export async function openReadModels(options: ReadModelsOptions): Promise<ReadModels> {
  if (!isCurrent(options)) dropFiles(options.file);
  const writer = await open(options, { synchronize: true, enableWAL: true });
  await writer.query(`PRAGMA user_version = ${options.schemaVersion}`);
  const reader = await open(options, { readonly: true });
  const queue = new SingleWriter(writer);
  return {
    writer,
    reader,
    write: (work) => queue.write(work),
    snapshot: (work) => snapshot(options, work),
    async scrubLog() {
      await queue.idle();
      const [{ busy }] = await writer.query<{ busy: number }[]>('PRAGMA wal_checkpoint(TRUNCATE)');
      return busy === 0;
    },
    async close() {
      await queue.idle();
      await reader.destroy();
      await writer.destroy();
    },
  };
}

async function snapshot<T>(
  options: ReadModelsOptions,
  work: (manager: EntityManager) => Promise<T>,
): Promise<T> {
  const connection = await open(options, { readonly: true });
  try {
    return await connection.transaction(work);
  } finally {
    await connection.destroy();
  }
}

function open({ file, entities }: ReadModelsOptions, more: Partial<SqliteOptions>): Promise<DataSource> {
  return new DataSource({
    type: 'better-sqlite3',
    database: file,
    timeout: LOCK_TIMEOUT,
    entities: [...entities] as NonNullable<SqliteOptions['entities']>,
    prepareDatabase: (database: Database.Database) => {
      // Commits may be lost in a power cut, never torn: the events fill the tables again.
      database.pragma('synchronous = NORMAL');
      database.pragma('secure_delete = ON');
      database.pragma('cache_size = -65536');
    },
    ...more,
  }).initialize();
}

function isCurrent({ file, schemaVersion }: ReadModelsOptions): boolean {
  let database: Database.Database | undefined;
  try {
    database = new Database(file, { fileMustExist: true });
    return database.pragma('user_version', { simple: true }) === schemaVersion;
  } catch {
    return false; // missing or damaged: nothing in it that the events could not give again
  } finally {
    database?.close();
  }
}

function dropFiles(file: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(`${file}${suffix}`, { force: true });
}
