import type { AppendResult, StreamAppend } from '#libs/messaging';
import type { SqliteDatabase } from '#platform/sqlite';
import { decideAppend, type KnownEvent, type StreamHead } from './append-decision.js';
import { encodeEvent } from './event-codec.js';
import { uuidBytes } from './uuid-bytes.js';

export interface StreamRow extends StreamHead {
  /** Number of the stream; 0 while it is missing. */
  readonly number: number;
}

const MISSING: StreamRow = { number: 0, state: 'missing', revision: -1 };
const HEADS_KEPT = 100_000;

/** Writes inside the caller's transaction. After a rolled-back transaction `forget` must be called. */
export class SqliteEventWriter {
  private readonly statements;
  private readonly heads = new Map<string, StreamRow>();
  private readonly types = new Map<string, number>();
  private position: number;

  constructor(private readonly database: SqliteDatabase) {
    this.statements = prepare(database);
    this.position = this.storedHead();
  }

  /** Highest position ever given. */
  head(): number {
    return this.database.readonly ? this.storedHead() : this.position;
  }

  append(append: StreamAppend, recordedAt: number): AppendResult {
    const { stream } = append;
    const head = this.stream(stream);
    const { fresh, knownPosition } = decideAppend(append, head, (id) => this.find(head, id));
    if (fresh.length === 0) return { stream, revision: head.revision, position: knownPosition, appended: 0 };
    const number = head.state === 'missing' ? this.addStream(stream) : head.number;
    let { revision } = head;
    for (const event of fresh) {
      const { id, type, data, metadata } = encodeEvent(event);
      this.statements.insert.run(
        ++this.position,
        this.typeNumber(type),
        number,
        ++revision,
        recordedAt,
        uuidBytes(id),
        data,
        metadata,
      );
    }
    this.remember(stream, { number, state: 'live', revision });
    return { stream, revision, position: BigInt(this.position), appended: fresh.length };
  }

  /** Removes the events and keeps the name, so that nobody appends to it again. */
  tombstone(stream: string, { number, state }: StreamRow): void {
    const kept = state === 'missing' ? this.addStream(stream) : number;
    this.statements.setHighWater.run(this.position);
    this.statements.deleteEvents.run(kept);
    this.statements.markTombstoned.run(kept);
    this.remember(stream, { number: kept, state: 'tombstoned', revision: -1 });
  }

  stream(name: string): StreamRow {
    const known = this.heads.get(name);
    if (known !== undefined) return known;
    const row = this.statements.stream.get(name) as
      { number: number; tombstoned: number; revision: number | null } | undefined;
    if (row === undefined) return MISSING;
    const { number, tombstoned, revision } = row;
    return this.remember(name, {
      number,
      state: tombstoned ? 'tombstoned' : 'live',
      revision: revision ?? -1,
    });
  }

  /** Drops what was remembered of a transaction that was rolled back. */
  forget(): void {
    this.heads.clear();
    this.types.clear();
    this.position = this.storedHead();
  }

  private storedHead(): number {
    return this.statements.head.get() as number;
  }

  private find(head: StreamRow, id: string): KnownEvent | undefined {
    if (head.state === 'missing') return undefined;
    const row = this.statements.find.get(head.number, uuidBytes(id)) as
      { type: string; revision: number; position: number } | undefined;
    return row && { ...row, position: BigInt(row.position) };
  }

  private addStream(name: string): number {
    return Number(this.statements.addStream.run(name).lastInsertRowid);
  }

  private typeNumber(name: string): number {
    const known = this.types.get(name);
    if (known !== undefined) return known;
    this.statements.addType.run(name);
    const number = this.statements.type.get(name) as number;
    this.types.set(name, number);
    return number;
  }

  private remember(name: string, row: StreamRow): StreamRow {
    if (this.heads.size >= HEADS_KEPT) this.heads.clear();
    this.heads.set(name, row);
    return row;
  }
}

function prepare(database: SqliteDatabase) {
  return {
    head: database
      .prepare('SELECT max(coalesce((SELECT max(position) FROM events), 0), position) FROM high_water')
      .pluck(),
    stream: database.prepare(
      `SELECT id AS number, tombstoned,
         (SELECT revision FROM events WHERE stream = streams.id ORDER BY revision DESC LIMIT 1) AS revision
       FROM streams WHERE name = ?`,
    ),
    addStream: database.prepare('INSERT INTO streams (name) VALUES (?)'),
    type: database.prepare('SELECT id FROM event_types WHERE name = ?').pluck(),
    addType: database.prepare('INSERT OR IGNORE INTO event_types (name) VALUES (?)'),
    find: database.prepare(
      `SELECT t.name AS type, e.revision, e.position FROM events e JOIN event_types t ON t.id = e.type
       WHERE e.stream = ? AND e.id = ?`,
    ),
    insert: database.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?)'),
    setHighWater: database.prepare('UPDATE high_water SET position = ?'),
    deleteEvents: database.prepare('DELETE FROM events WHERE stream = ?'),
    markTombstoned: database.prepare('UPDATE streams SET tombstoned = 1 WHERE id = ?'),
  };
}
