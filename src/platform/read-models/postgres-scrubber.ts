import { setTimeout as pause } from 'node:timers/promises';
import type { EntityManager } from 'typeorm';
import type { ReadModelsDefinition } from './definition.js';
import type { PostgresPlace } from './postgres-place.js';
import { openPostgresSource } from './postgres-source.js';

const LOOK_AGAIN = 500;
const CLOSING_WAITS = 5_000;

/**
 * Takes dead rows out of the tables, beside what is written meanwhile: on large tables VACUUM takes minutes, and however many erasures there are,
 * one is under way and one is due. It is due after the opening, too, for an earlier process may have ended before its turn.
 */
export class PostgresScrubber {
  private isDue = false;
  private work: Promise<void> | undefined;
  private closing: number | undefined;

  constructor(
    private readonly definition: ReadModelsDefinition,
    private readonly place: PostgresPlace,
  ) {}

  due(): void {
    this.isDue = true;
    this.work ??= this.run().finally(() => (this.work = undefined));
  }

  /** Lets what is due be done, if that does not take long. */
  async close(): Promise<void> {
    this.closing = performance.now() + CLOSING_WAITS;
    await this.work;
  }

  private async run(): Promise<void> {
    while (this.isDue && !this.isTooLate()) {
      this.isDue = false;
      try {
        await this.vacuum();
      } catch {
        this.isDue = true; // the server is away, which others tell
        await pause(LOOK_AGAIN);
      }
    }
  }

  private isTooLate(): boolean {
    return this.closing !== undefined && performance.now() > this.closing;
  }

  private async vacuum(): Promise<void> {
    const source = await openPostgresSource(this.definition, this.place, { connections: 1 });
    try {
      const horizon = await nextTransaction(source.manager);
      while (await isSeenBefore(horizon, source.manager)) {
        if (this.isTooLate()) return;
        await pause(LOOK_AGAIN);
      }
      await source.query(
        `VACUUM ${source.entityMetadatas.map(({ tableName }) => `"${tableName}"`).join(', ')}`,
      );
    } finally {
      await source.destroy();
    }
  }
}

/** What was deleted up to now, an earlier transaction deleted. */
async function nextTransaction(manager: EntityManager): Promise<string> {
  const [{ next }] = await manager.query<[{ next: string }]>(
    'SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS next',
  );
  return next;
}

/** Whether somebody still looks at an earlier state. Of other users' sessions only pg_read_all_stats tells; the workers' user is ours. */
async function isSeenBefore(transaction: string, manager: EntityManager): Promise<boolean> {
  const [{ seen }] = await manager.query<{ seen: boolean }[]>(
    `SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()
       AND backend_type = 'client backend' AND pid <> pg_backend_pid()
       AND age(backend_xmin) > age(xid($1::xid8))) AS seen`,
    [transaction],
  );
  return seen;
}
