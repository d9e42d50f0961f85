import type { ExpectedRevision } from '#libs/messaging';
import { Checkpointing, type SqliteDatabase } from '#platform/sqlite';
import { checkRevision } from './append-decision.js';
import type { Appender, Commit, Entry, Outcome } from './appender.js';
import { SqliteEventWriter } from './sqlite-event-writer.js';
import { guarded } from './store-errors.js';

/** Writes the log in this thread. The database is the caller's: to be closed after this. */
export class SqliteAppender implements Appender {
  private readonly writer: SqliteEventWriter;
  private readonly checkpointing: Checkpointing;
  private truncated: Promise<unknown> = Promise.resolve();

  constructor(private readonly database: SqliteDatabase) {
    this.writer = new SqliteEventWriter(database);
    this.checkpointing = new Checkpointing(database);
  }

  room(): Promise<void> {
    return this.checkpointing.room();
  }

  async commit(entries: readonly Entry[]): Promise<Commit> {
    const outcomes = this.commitTogether(entries) ?? entries.map((entry) => this.commitAlone(entry));
    this.checkpointing.committed();
    return { outcomes, head: this.writer.head() };
  }

  async tombstone(stream: string, expectedRevision?: ExpectedRevision): Promise<void> {
    this.write(() => {
      const row = this.writer.stream(stream);
      if (row.state === 'tombstoned') return;
      checkRevision(stream, row, expectedRevision);
      this.writer.tombstone(stream, row);
    });
    const truncated = this.checkpointing.truncate();
    this.truncated = Promise.allSettled([this.truncated, truncated]);
    await truncated;
  }

  async close(): Promise<void> {
    await this.truncated;
    await this.checkpointing.close();
  }

  /** Undefined, with nothing written, where one of them fails: then each has to answer for itself. */
  private commitTogether(entries: readonly Entry[]): Outcome[] | undefined {
    if (entries.length === 1) return undefined;
    try {
      return this.write(() => entries.map((entry) => this.append(entry)));
    } catch {
      return undefined;
    }
  }

  private commitAlone(entry: Entry): Outcome {
    try {
      return this.write(() => this.append(entry));
    } catch (failure) {
      return { failure };
    }
  }

  private append({ appends, recordedAt }: Entry): Outcome {
    return { results: appends.map((append) => this.writer.append(append, recordedAt)) };
  }

  private write<T>(run: () => T): T {
    return guarded(() => {
      try {
        return this.database.transaction(run).immediate();
      } catch (error) {
        this.writer.forget();
        throw error;
      }
    });
  }
}
