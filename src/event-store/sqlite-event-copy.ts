import type { RecordedEvent } from '#libs/messaging';
import { closeSqlite, openSqlite, type SqliteDatabase } from '#platform/sqlite';
import { ensureSchema } from './sqlite-schema.js';
import { guarded } from './store-errors.js';
import { uuidBytes } from './uuid-bytes.js';

const EVENTS_A_COMMIT = 1_000;

/**
 * Writes a new event store that holds these events and nothing else, each at its position. The file must not exist yet.
 *
 * @param events of any store, in the order of their positions
 */
export async function copyEvents(file: string, events: AsyncIterable<RecordedEvent>): Promise<void> {
  const copy = guarded(() => SqliteEventCopy.create(file));
  try {
    let batch: RecordedEvent[] = [];
    const add = (): void => guarded(() => copy.add(batch));
    for await (const event of events)
      if (batch.push(event) === EVENTS_A_COMMIT) {
        add();
        batch = [];
      }
    add();
  } finally {
    guarded(() => copy.close());
  }
}

class SqliteEventCopy {
  private readonly statements;
  private readonly types = new Map<string, number>();
  private readonly streams = new Map<string, number>();

  private constructor(private readonly database: SqliteDatabase) {
    this.statements = {
      type: database.prepare('INSERT INTO event_types (name) VALUES (?)'),
      stream: database.prepare('INSERT INTO streams (name) VALUES (?)'),
      event: database.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?)'),
    };
  }

  static create(file: string): SqliteEventCopy {
    const database = openSqlite(file);
    try {
      ensureSchema(database);
      database.pragma('synchronous = OFF'); // a copy that a crash cuts short is thrown away
      return new SqliteEventCopy(database);
    } catch (error) {
      database.close();
      throw error;
    }
  }

  add(events: readonly RecordedEvent[]): void {
    this.database.transaction(() => {
      for (const event of events) this.insert(event);
    })();
  }

  /** Leaves one plain file. */
  close(): void {
    closeSqlite(this.database);
  }

  private insert({ position, type, stream, revision, recordedAt, id, data, metadata }: RecordedEvent): void {
    this.statements.event.run(
      Number(position),
      this.numberOf(this.types, 'type', type),
      this.numberOf(this.streams, 'stream', stream),
      revision,
      Date.parse(recordedAt),
      uuidBytes(id),
      JSON.stringify(data),
      Object.keys(metadata).length === 0 ? null : JSON.stringify(metadata),
    );
  }

  private numberOf(numbers: Map<string, number>, table: 'type' | 'stream', name: string): number {
    const known = numbers.get(name);
    if (known !== undefined) return known;
    const number = Number(this.statements[table].run(name).lastInsertRowid);
    numbers.set(name, number);
    return number;
  }
}
