import { leafHash, nodesCompletedBy, type NodeReader } from '#libs/merkle';
import { closeSqlite, openSqlite, sqliteFailureOf, type SqliteDatabase } from '#platform/sqlite';
import { LedgerError, type LedgerErrorCode } from './ledger-error.js';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS identity (
    only INTEGER PRIMARY KEY CHECK (only = 1), origin TEXT NOT NULL, public_key BLOB NOT NULL, began_at TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS leaf (number INTEGER PRIMARY KEY, entry BLOB NOT NULL, hash BLOB NOT NULL UNIQUE) STRICT;
  CREATE TABLE IF NOT EXISTS node (
    level INTEGER NOT NULL, number INTEGER NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (level, number)
  ) STRICT, WITHOUT ROWID;
`;

/** Whose log a database holds; fixed when it is made. */
export interface LedgerIdentity {
  readonly origin: string;
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** ISO 8601. */
  readonly beganAt: string;
}

/** Leaves and complete nodes of the log in SQLite. A leaf and the nodes it completes are committed together, durably. */
export class LedgerStore {
  private constructor(private readonly database: SqliteDatabase) {}

  /** @throws LedgerError LEDGER_DAMAGED, LEDGER_READ_ONLY, LEDGER_UNAVAILABLE */
  static open(file: string): LedgerStore {
    return guarded(() => {
      const database = openSqlite(file);
      try {
        database.exec(SCHEMA);
      } catch (error) {
        database.close();
        throw error;
      }
      return new LedgerStore(database);
    });
  }

  /** The identity on record; `fresh` is recorded when there is none yet. */
  identity(fresh: LedgerIdentity): LedgerIdentity {
    return this.guarded(() => {
      this.database
        .prepare('INSERT OR IGNORE INTO identity (only, origin, public_key, began_at) VALUES (1, ?, ?, ?)')
        .run(fresh.origin, fresh.publicKey, fresh.beganAt);
      const row = this.database.prepare('SELECT origin, public_key, began_at FROM identity').get() as {
        origin: string;
        public_key: Uint8Array;
        began_at: string;
      };
      return { origin: row.origin, publicKey: Uint8Array.from(row.public_key), beganAt: row.began_at };
    });
  }

  size(): number {
    return this.guarded(
      () => this.database.prepare('SELECT coalesce(max(number) + 1, 0) FROM leaf').pluck().get() as number,
    );
  }

  /** Index of the entry; appends it unless it is there already. Durable on return. */
  append(entry: Uint8Array): number {
    const hash = leafHash(entry);
    const insert = this.database.transaction((): number => {
      const known = this.database.prepare('SELECT number FROM leaf WHERE hash = ?').pluck().get(hash);
      if (typeof known === 'number') return known;
      const index = this.size();
      this.database
        .prepare('INSERT INTO leaf (number, entry, hash) VALUES (?, ?, ?)')
        .run(index, entry, hash);
      const addNode = this.database.prepare('INSERT INTO node (level, number, hash) VALUES (?, ?, ?)');
      for (const node of nodesCompletedBy(index, hash, this.node))
        addNode.run(node.level, node.index, node.hash);
      return index;
    });
    return this.guarded(() => insert.immediate());
  }

  /** Entries [from, to). */
  entries(from: number, to: number): Uint8Array[] {
    return this.guarded(() =>
      this.database
        .prepare('SELECT entry FROM leaf WHERE number >= ? AND number < ? ORDER BY number')
        .pluck()
        .all(from, to)
        .map((entry) => Uint8Array.from(entry as Uint8Array)),
    );
  }

  readonly node: NodeReader = (level, index) => {
    const hash = this.guarded(() =>
      this.database.prepare('SELECT hash FROM node WHERE level = ? AND number = ?').pluck().get(level, index),
    );
    if (hash === undefined)
      throw new LedgerError('LEDGER_DAMAGED', 'the ledger database lacks a node of its tree', {
        facts: { level, index },
        nextStep: 'Restore ledger.db from a backup that is not older than the published checkpoint.',
      });
    return Uint8Array.from(hash as Uint8Array);
  };

  close(): void {
    closeSqlite(this.database);
  }

  private guarded<T>(work: () => T): T {
    if (!this.database.open) throw new LedgerError('LEDGER_CLOSED', 'the ledger is closed');
    return guarded(work);
  }
}

const FAILURES: Record<NonNullable<ReturnType<typeof sqliteFailureOf>>, [LedgerErrorCode, string]> = {
  full: ['LEDGER_FULL', 'Free some space; nothing was recorded, so the step can be repeated.'],
  'read-only': ['LEDGER_READ_ONLY', 'Give this process permission to write to the ledger folder.'],
  damaged: [
    'LEDGER_DAMAGED',
    'Restore ledger.db from a backup that is not older than the published checkpoint.',
  ],
  unavailable: [
    'LEDGER_UNAVAILABLE',
    'See that the folder exists and that no other process holds the ledger.',
  ],
};

/** Turns the failures of SQLite into those of the ledger. */
function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    const failure = sqliteFailureOf(cause);
    if (failure === undefined) throw cause;
    const [code, nextStep] = FAILURES[failure];
    throw new LedgerError(code, `the ledger database is ${failure}`, { nextStep, cause });
  }
}
