import { leafHash, nodesCompletedBy, type NodeReader } from '#libs/merkle';
import {
  closeSqlite,
  openSqlite,
  sqliteFailureOf,
  type SqliteDatabase,
  type SqliteOptions,
} from '#platform/sqlite';
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
  private readonly statements;

  private constructor(private readonly database: SqliteDatabase) {
    this.statements = prepare(database);
  }

  /** @throws LedgerError LEDGER_DAMAGED, LEDGER_READ_ONLY, LEDGER_UNAVAILABLE */
  static open(file: string, options: Pick<SqliteOptions, 'maxBytes'> = {}): LedgerStore {
    return guarded(() => {
      const database = openSqlite(file, options);
      try {
        database.exec(SCHEMA);
        return new LedgerStore(database);
      } catch (error) {
        database.close();
        throw error;
      }
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
    return this.guarded(() => this.statements.size.get() as number);
  }

  /**
   * Appends the entries that are not there yet, all in one durable transaction: when it throws, none of them was kept.
   *
   * @returns the index of each, in their order
   */
  appendAll(entries: readonly Uint8Array[]): number[] {
    const append = this.database.transaction(() => {
      let size = this.size();
      return entries.map((entry) => {
        const hash = leafHash(entry);
        const known = this.statements.find.get(hash);
        if (typeof known === 'number') return known;
        this.insert(size, entry, hash);
        return size++;
      });
    });
    return this.guarded(() => append.immediate());
  }

  /** Entries [from, to). */
  entries(from: number, to: number): Uint8Array[] {
    return this.guarded(() =>
      this.statements.entries.all(from, to).map((entry) => Uint8Array.from(entry as Uint8Array)),
    );
  }

  readonly node: NodeReader = (level, index) => {
    const hash = this.guarded(() => this.statements.node.get(level, index));
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

  private insert(index: number, entry: Uint8Array, hash: Uint8Array): void {
    this.statements.addLeaf.run(index, entry, hash);
    for (const node of nodesCompletedBy(index, hash, this.node))
      this.statements.addNode.run(node.level, node.index, node.hash);
  }

  private guarded<T>(work: () => T): T {
    if (!this.database.open) throw new LedgerError('LEDGER_CLOSED', 'the ledger is closed');
    return guarded(work);
  }
}

function prepare(database: SqliteDatabase) {
  return {
    size: database.prepare('SELECT coalesce(max(number) + 1, 0) FROM leaf').pluck(),
    find: database.prepare('SELECT number FROM leaf WHERE hash = ?').pluck(),
    entries: database
      .prepare('SELECT entry FROM leaf WHERE number >= ? AND number < ? ORDER BY number')
      .pluck(),
    addLeaf: database.prepare('INSERT INTO leaf (number, entry, hash) VALUES (?, ?, ?)'),
    node: database.prepare('SELECT hash FROM node WHERE level = ? AND number = ?').pluck(),
    addNode: database.prepare('INSERT INTO node (level, number, hash) VALUES (?, ?, ?)'),
  };
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
