import type { DataSource, EntityManager } from 'typeorm';

/**
 * One queue in front of the read models. TypeORM's SQLite driver has one connection: two transactions at a time would become one,
 * and a reader would see half a batch (docs/decisions/0003). Whoever comes, waits for whoever was there.
 */
export class SingleWriter {
  private tail: Promise<unknown> = Promise.resolve();

  constructor(private readonly dataSource: DataSource) {}

  /** Runs the work in a transaction: all of it is stored, or nothing. */
  write<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.enqueue(() => this.dataSource.transaction(work));
  }

  /** Runs the work between two transactions: what it reads is one consistent state. */
  read<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.enqueue(() => work(this.dataSource.manager));
  }

  /** Waits for what is queued and closes the database. */
  close(): Promise<void> {
    return this.enqueue(() => this.dataSource.destroy());
  }

  private enqueue<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.tail.then(work);
    this.tail = turn.catch(() => undefined); // the failure is its caller's; the next one has a turn of its own
    return turn;
  }
}
