import Database from 'better-sqlite3';
import { rmSync } from 'node:fs';
import { DataSource, type EntitySchema, type MixedList } from 'typeorm';
import { CodedError } from '#libs/essentials';
import { sqliteFailureOf } from '#platform/sqlite';

export type ReadModelErrorCode = 'READ_MODELS_UNAVAILABLE';

/** The read models cannot be opened. */
export class ReadModelError extends CodedError<ReadModelErrorCode> {}

export interface ReadModelsOptions {
  /** SQLite file. */
  readonly file: string;
  readonly entities: MixedList<EntitySchema | (new () => object)>;
  /** Raised whenever the entities change: read models of another version are thrown away and built again from the log. */
  readonly schemaVersion: number;
}

/**
 * Opens read models in SQLite. They can be rebuilt from the event store at any time, so a file of another schema version, or a
 * damaged one, is replaced by an empty one, and commits need not wait for the disk.
 *
 * @throws ReadModelError READ_MODELS_UNAVAILABLE
 */
export async function openReadModels({
  file,
  entities,
  schemaVersion,
}: ReadModelsOptions): Promise<DataSource> {
  try {
    if (versionOf(file) !== schemaVersion) discard(file);
    const dataSource = new DataSource({
      type: 'better-sqlite3',
      database: file,
      entities,
      synchronize: true,
      prepareDatabase: (database: Database.Database) => {
        database.pragma('journal_mode = WAL');
        database.pragma('synchronous = NORMAL');
        database.pragma('secure_delete = ON'); // what was erased leaves no bytes behind
        database.pragma(`user_version = ${schemaVersion}`);
      },
    });
    return await dataSource.initialize();
  } catch (cause) {
    throw new ReadModelError('READ_MODELS_UNAVAILABLE', 'the read models cannot be opened', {
      cause,
      nextStep:
        'Check space and permissions of the data folder; the file of the read models may be deleted, it is built again.',
    });
  }
}

/** Version of the file, 0 for a new one, undefined for a damaged one. */
function versionOf(file: string): number | undefined {
  let database: Database.Database | undefined;
  try {
    database = new Database(file);
    return database.pragma('user_version', { simple: true }) as number;
  } catch (error) {
    if (sqliteFailureOf(error) === 'damaged') return undefined;
    throw error;
  } finally {
    database?.close();
  }
}

function discard(file: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
}
