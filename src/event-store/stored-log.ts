import type { Statement } from 'better-sqlite3';
import type { SqliteDatabase } from '#platform/sqlite';
import type { StreamHead } from './append-decision.js';

export interface StreamRow extends StreamHead {
  /** Number of the stream; 0 while it is missing. */
  readonly number: number;
}

interface StoredStream {
  readonly number: number;
  readonly tombstoned: number;
  readonly revision: number | null;
}

const MISSING: StreamRow = { number: 0, state: 'missing', revision: -1 };

/** How far the log and each of its streams are in the file, whoever writes it. */
export class StoredLog {
  private readonly headStatement: Statement<[], number>;
  private readonly streamStatement: Statement<[string], StoredStream>;

  constructor(database: SqliteDatabase) {
    this.headStatement = database
      .prepare<[], number>(
        'SELECT max(coalesce((SELECT max(position) FROM events), 0), position) FROM high_water',
      )
      .pluck();
    this.streamStatement = database.prepare(
      `SELECT id AS number, tombstoned,
         (SELECT revision FROM events WHERE stream = streams.id ORDER BY revision DESC LIMIT 1) AS revision
       FROM streams WHERE name = ?`,
    );
  }

  /** Highest position ever given. */
  head(): number {
    return this.headStatement.get()!;
  }

  stream(name: string): StreamRow {
    const row = this.streamStatement.get(name);
    if (row === undefined) return MISSING;
    const { number, tombstoned, revision } = row;
    return { number, state: tombstoned ? 'tombstoned' : 'live', revision: revision ?? -1 };
  }
}
