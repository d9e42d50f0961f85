import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Statement } from 'better-sqlite3';
import { truncateWal, type SqliteDatabase } from './open-sqlite.js';

/** Pages of 4 KiB. */
export interface CheckpointingOptions {
  /** So many that are in the log only begin a pass. */
  readonly due: number;
  /** In a log of this length, writing waits until it can begin anew: while somebody writes it only grows. */
  readonly longest: number;
}

const DEFAULTS: CheckpointingOptions = { due: 4_000, longest: 32_000 };
const WAL_BYTES_KEPT = 64 * 1024 * 1024;

// Beside this file when it runs from dist; tests run from the sources and use what the last build made.
const WORKER_FILES = ['./checkpoint.worker.js', '../../../dist/src/platform/sqlite/checkpoint.worker.js'];

interface LogLength {
  readonly log: number;
  readonly checkpointed: number;
}

/**
 * Brings the write-ahead log of a database into its file in a thread: copying and waiting for the disk would hold up everything else that this
 * thread does for a tenth of a second. The thread starts when a log has grown that far for the first time, sees pages and no meaning, and
 * keeps no process alive. Where it cannot be had, SQLite's own checkpoint comes, at twice the longest length.
 *
 * While a pass goes on SQLite lets nobody else bring the log in: `truncate` instead of truncateWal.
 */
export class Checkpointing {
  private readonly length: Statement<[], LogLength>;
  private worker: Worker | undefined;
  private pass: Promise<void> | undefined;
  private ended = false;
  /** Length at the last pass: what a reader keeps from being brought in is not tried again with every commit. */
  private seen = 0;
  private waitFrom = 0;
  private answered = (): void => undefined;

  /** @param database the connection that writes; a database in memory has no log, and is left alone */
  constructor(
    private readonly database: SqliteDatabase,
    private readonly options: CheckpointingOptions = DEFAULTS,
  ) {
    database.pragma(`wal_autocheckpoint = ${2 * options.longest}`);
    database.pragma(`journal_size_limit = ${WAL_BYTES_KEPT}`);
    this.length = database.prepare('PRAGMA wal_checkpoint(NOOP)');
  }

  /** To be called after a commit. */
  committed(): void {
    const { log, checkpointed } = this.lengthNow();
    if (log < this.seen) this.seen = 0; // it has begun anew
    if (log - Math.max(checkpointed, this.seen) >= this.options.due) void this.begin(log);
  }

  /** To be awaited before a write, which nobody else may begin meanwhile. */
  async room(): Promise<void> {
    const { log } = this.lengthNow();
    if (log < this.options.longest) this.waitFrom = 0;
    else if (log >= this.waitFrom) {
      await this.pass; // begun before what was committed last
      await this.begin(log);
      this.waitFrom = log + this.options.due;
    }
  }

  /** As truncateWal, when no pass is going on. False while somebody reads what is in the log. */
  async truncate(): Promise<boolean> {
    while (this.pass !== undefined) await this.pass;
    this.seen = 0;
    return truncateWal(this.database);
  }

  /** To be awaited before the database is closed. */
  async close(): Promise<void> {
    this.ended = true;
    await this.pass;
    const { worker } = this;
    if (worker === undefined) return;
    worker.ref();
    const exited = once(worker, 'exit');
    worker.postMessage('close');
    await exited;
  }

  private lengthNow(): LogLength {
    try {
      return this.length.get()!;
    } catch {
      return { log: 0, checkpointed: 0 }; // the write that comes next says what is wrong with the file
    }
  }

  private begin(log: number): Promise<void> {
    if (this.ended) return Promise.resolve();
    this.seen = log;
    return (this.pass ??= this.ask().finally(() => (this.pass = undefined)));
  }

  private async ask(): Promise<void> {
    const worker = (this.worker ??= this.start());
    if (worker === undefined) return;
    worker.ref(); // whoever waits for the pass must not find the process ended
    await new Promise<void>((resolve) => {
      this.answered = resolve;
      worker.postMessage('pass');
    });
    worker.unref();
  }

  private start(): Worker | undefined {
    const file = WORKER_FILES.map((name) => fileURLToPath(new URL(name, import.meta.url))).find(existsSync);
    if (file === undefined) return undefined;
    const worker = new Worker(file, { workerData: this.database.name });
    worker.on('message', () => this.answered());
    worker.on('error', () => undefined); // then it exits, and the next pass has another one
    worker.once('exit', () => {
      this.worker = undefined;
      this.answered();
    });
    return worker;
  }
}
