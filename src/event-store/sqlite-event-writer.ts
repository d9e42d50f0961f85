import type { AppendResult } from '#libs/messaging';
import type { SqliteDatabase } from '#platform/sqlite';
import { decideAppend, type KnownEvent } from './append-decision.js';
import type { EncodedAppend } from './event-codec.js';
import { StoredLog, type StreamRow } from './stored-log.js';
import { uuidBytes } from './uuid-bytes.js';

const HEADS_KEPT = 100_000;

/** Writes inside the caller's transaction. After a rolled-back transaction `forget` must be called. */
export class SqliteEventWriter {
  private readonly statements;
  private readonly stored: StoredLog;
  private readonly heads = new Map<string, StreamRow>();
  private readonly types = new Map<string, number>();
  private position: number;

  constructor(database: SqliteDatabase) {
    this.statements = prepare(database);
    this.stored = new StoredLog(database);
    this.position = this.stored.head();
  }

  /** Highest position ever given. */
  head(): number {
    return this.position;
  }

  append(append: EncodedAppend, recordedAt: number): AppendResult {
    const { stream } = append;
    const head = this.stream(stream);
    const { fresh, knownPosition } = decideAppend(append, head, (id) => this.find(head, id));
    if (fresh.length === 0) return { stream, revision: head.revision, position: knownPosition, appended: 0 };
    const number = head.state === 'missing' ? this.addStream(stream) : head.number;
    let { revision } = head;
    for (const { id, type, data, metadata } of fresh) {
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
    const row = this.stored.stream(name);
    return row.state === 'missing' ? row : this.remember(name, row);
  }

  /** Drops what was remembered of a transaction that was rolled back. */
  forget(): void {
    this.heads.clear();
    this.types.clear();
    this.position = this.stored.head();
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
