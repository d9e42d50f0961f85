import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { cut, gaveNoAnswer } from './postgres-source.js';
import { ReadModelsError } from './read-models-error.js';

/**
 * The session that writes. It holds an advisory lock: whoever has it is the only one of all processes that writes, and when the session breaks,
 * lock and transaction are gone together, so that nobody writes without it.
 */
export class WriterSession {
  private runner: QueryRunner | undefined;

  /** @param lock names what is written to */
  constructor(
    readonly source: DataSource,
    private readonly lock: string,
  ) {}

  /** @throws ReadModelsError READ_MODELS_IN_USE when another process holds the lock */
  async transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    const runner = await this.locked();
    try {
      return await runner.manager.transaction(work);
    } catch (error) {
      if (gaveNoAnswer(error)) await cut(runner);
      throw error;
    }
  }

  /** The session with its lock, opened anew when the last one broke. */
  async locked(): Promise<QueryRunner> {
    if (this.runner !== undefined && !this.runner.isReleased) return this.runner;
    const runner = this.source.createQueryRunner();
    try {
      await this.takeLock(runner);
    } catch (error) {
      await runner.release();
      throw error;
    }
    return (this.runner = runner);
  }

  async close(): Promise<void> {
    if (this.runner?.isReleased === false) await this.runner.release();
    await this.source.destroy();
  }

  private async takeLock(runner: QueryRunner): Promise<void> {
    const [{ locked }] = (await runner.query(
      'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS locked',
      [this.lock],
    )) as [{ locked: boolean }];
    if (locked) return;
    throw new ReadModelsError('READ_MODELS_IN_USE', 'another process writes these read models', {
      nextStep:
        'Stop the other process of this installation; a copy of a data folder needs an installation name of its own, or another LACUNA_POSTGRES_URL.',
    });
  }
}
