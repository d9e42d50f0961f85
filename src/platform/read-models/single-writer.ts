/**
 * Lets one transaction run at a time. On better-sqlite3 a DataSource has one connection, and on PostgreSQL one session holds the writer's
 * lock: two concurrent transactions would share it, and a roll-back of one would undo or keep parts of the other.
 */
export class SingleWriter {
  private tail: Promise<unknown> = Promise.resolve();

  /** Does the work after all that was asked for before. */
  next<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.tail.then(work);
    this.tail = turn.catch(() => undefined);
    return turn;
  }

  /** Resolves when all that was asked for has ended. */
  async idle(): Promise<void> {
    await this.tail;
  }
}
