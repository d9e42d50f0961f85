import { existsSync } from 'node:fs';
import { refuseFork, type ParsedAddCheckpoint, type WitnessRefusal } from '#libs/witnessing';
import { closeSqlite, openSqlite, sqliteFailureOf, type SqliteDatabase } from '#platform/sqlite';
import { WitnessError, type WitnessErrorCode } from './witness-error.js';

const SCHEMA = `
  CREATE TABLE identity (
    only INTEGER PRIMARY KEY CHECK (only = 1), vkey TEXT NOT NULL, cosigned_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE head (
    origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, note TEXT NOT NULL, cosigned_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
`;

/** What a log asks, known to be signed by it. */
export interface Asked {
  readonly request: ParsedAddCheckpoint;
  /** The checkpoint with the signatures of the log that hold, a signed note. */
  readonly note: string;
}

/** A checkpoint that is on record, and when. */
export interface Recorded {
  readonly origin: string;
  readonly size: number;
  /** As the log signed it. */
  readonly note: string;
  /** POSIX seconds; the cosignature bears the same. */
  readonly cosignedAt: number;
}

interface HeadRow {
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
  readonly note: string;
  readonly cosigned_at: number;
}

/**
 * The largest tree of each log that a witness has cosigned, in SQLite. What is on record is compared and replaced in one durable transaction,
 * so that no two requests, and no two processes, can both continue the same tree.
 */
export class WitnessStore {
  private constructor(private readonly database: SqliteDatabase) {}

  /** @param vkey of the witness the record belongs to @throws WitnessError WITNESS_EXISTS, WITNESS_STATE_… */
  static create(file: string, vkey: string): WitnessStore {
    if (existsSync(file))
      throw new WitnessError('WITNESS_EXISTS', 'the folder holds the record of a witness already', {
        nextStep: 'Choose another folder.',
      });
    return guarded(() => {
      const database = openSqlite(file);
      database.transaction(() => {
        database.exec(SCHEMA);
        database.prepare('INSERT INTO identity (only, vkey, cosigned_at) VALUES (1, ?, 0)').run(vkey);
      })();
      return new WitnessStore(database);
    });
  }

  /**
   * Opens the record of a witness. One that is lost is not begun again: a witness that has forgotten what it saw could be led to cosign a fork.
   *
   * @throws WitnessError WITNESS_STATE_MISSING, WITNESS_STATE_OF_ANOTHER_KEY, WITNESS_STATE_…
   */
  static open(file: string, vkey: string): WitnessStore {
    if (!existsSync(file))
      throw new WitnessError(
        'WITNESS_STATE_MISSING',
        'the record of what the witness cosigned is not there',
        {
          nextStep: 'Restore the newest copy; if there is none, make a new witness with a key of its own.',
        },
      );
    return guarded(() => {
      const store = new WitnessStore(openSqlite(file));
      if (store.vkey() === vkey) return store;
      store.close();
      throw new WitnessError(
        'WITNESS_STATE_OF_ANOTHER_KEY',
        'the record belongs to a witness with another key',
        {
          nextStep: 'Keep key and record of a witness together; restore the one that is wrong.',
        },
      );
    });
  }

  /**
   * Decides about each request against the record, and records what is to be cosigned. Durable on return; sign only then.
   *
   * @param now POSIX seconds
   * @throws WitnessError WITNESS_CLOCK_BEHIND, WITNESS_STATE_…; nothing is recorded then
   */
  advance(asked: readonly Asked[], now: number): (Recorded | WitnessRefusal)[] {
    const decide = this.database.transaction(() => {
      this.checkClock(now);
      const decided = asked.map((one) => this.advanceOne(one, now));
      if (decided.some((one) => !('status' in one)))
        this.database.prepare('UPDATE identity SET cosigned_at = ?').run(now);
      return decided;
    });
    return guarded(() => decide.immediate());
  }

  /** What is on record of each log, in the order of their origins. */
  all(): Recorded[] {
    return guarded(() =>
      (this.database.prepare('SELECT * FROM head ORDER BY origin').all() as HeadRow[]).map(recordedOf),
    );
  }

  find(origin: string): Recorded | undefined {
    const row = guarded(() => this.head(origin));
    return row && recordedOf(row);
  }

  close(): void {
    closeSqlite(this.database);
  }

  private advanceOne({ request, note }: Asked, now: number): Recorded | WitnessRefusal {
    const { origin, size, root } = request.checkpoint;
    const refusal = refuseFork(request, this.head(origin));
    if (refusal !== undefined) return refusal;
    this.database
      .prepare('INSERT OR REPLACE INTO head (origin, size, root, note, cosigned_at) VALUES (?, ?, ?, ?, ?)')
      .run(origin, size, root, note, now);
    return { origin, size, note, cosignedAt: now };
  }

  /** A cosignature says what was the largest tree at its time: one with a time before the last would contradict it. */
  private checkClock(now: number): void {
    const last = this.database.prepare('SELECT cosigned_at FROM identity').pluck().get() as number;
    if (now < last)
      throw new WitnessError('WITNESS_CLOCK_BEHIND', 'the clock is before the last cosignature', {
        facts: { seconds: last - now },
        nextStep: 'Set the clock of the machine right; cosigning goes on by itself.',
      });
  }

  private head(origin: string): HeadRow | undefined {
    return this.database.prepare('SELECT * FROM head WHERE origin = ?').get(origin) as HeadRow | undefined;
  }

  private vkey(): string {
    return this.database.prepare('SELECT vkey FROM identity').pluck().get() as string;
  }
}

function recordedOf({ origin, size, note, cosigned_at: cosignedAt }: HeadRow): Recorded {
  return { origin, size, note, cosignedAt };
}

const FAILURES: Record<NonNullable<ReturnType<typeof sqliteFailureOf>>, [WitnessErrorCode, string]> = {
  full: ['WITNESS_STATE_FULL', 'Free some space; nothing was cosigned, so the log can ask again.'],
  'read-only': ['WITNESS_STATE_READ_ONLY', 'Give this process permission to write to the folder.'],
  damaged: ['WITNESS_STATE_DAMAGED', 'Restore the newest copy of the record.'],
  unavailable: ['WITNESS_STATE_UNAVAILABLE', 'See that the folder exists and the disk works.'],
};

function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    const failure = sqliteFailureOf(cause);
    if (failure === undefined) throw cause;
    const [code, nextStep] = FAILURES[failure];
    throw new WitnessError(code, `the record of the witness is ${failure}`, { nextStep, cause });
  }
}
