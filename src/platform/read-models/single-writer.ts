import type { DataSource, EntityManager } from 'typeorm';

/**
 * Lets one transaction run at a time. On better-sqlite3 a DataSource has one connection: two concurrent transactions would
 * share it, and a roll-back of one would undo or keep parts of the other.
 */
export class SingleWriter {
  private tail: Promise<unknown> = Promise.resolve();

  constructor(private readonly dataSource: DataSource) {}

  /** Runs `work` in a transaction of its own, after all that were asked for before; rolled back when it rejects. */
  write<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    const turn = this.tail.then(() => this.dataSource.transaction(work));
    this.tail = turn.catch(() => undefined);
    return turn;
  }

  /** Resolves when all that was asked for has ended. */
  async idle(): Promise<void> {
    await this.tail;
  }
}
