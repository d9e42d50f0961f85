import { closeSqlite, openSqlite, type SqliteDatabase } from '#platform/sqlite';
import { ensureSchema } from './sqlite-schema.js';

/** A new event store that is filled with chosen events of another one, each at its position. */
export class SqliteEventCopy {
  private readonly statements;

  private constructor(private readonly database: SqliteDatabase) {
    // Names before the events that refer to them.
    this.statements = [
      'INSERT OR IGNORE INTO event_types SELECT * FROM source.event_types WHERE id IN (SELECT type FROM chosen)',
      'INSERT OR IGNORE INTO streams SELECT * FROM source.streams WHERE id IN (SELECT stream FROM chosen)',
      'INSERT INTO events SELECT * FROM chosen',
    ].map((sql) =>
      database.prepare(
        `WITH chosen AS (SELECT * FROM source.events WHERE position IN (SELECT value FROM json_each(?))) ${sql}`,
      ),
    );
  }

  /** @param source file of the store that is copied from */
  static create(file: string, source: string): SqliteEventCopy {
    const database = openSqlite(file);
    try {
      ensureSchema(database);
      database.pragma('synchronous = OFF'); // a copy that a crash cuts short is thrown away
      database.prepare('ATTACH ? AS source').run(source);
      return new SqliteEventCopy(database);
    } catch (error) {
      database.close();
      throw error;
    }
  }

  add(positions: readonly number[]): void {
    this.database.transaction((list: string) => {
      for (const statement of this.statements) statement.run(list);
    })(JSON.stringify(positions));
  }

  /** Leaves one plain file. */
  close(): void {
    this.database.prepare('DETACH source').run();
    closeSqlite(this.database);
  }
}
