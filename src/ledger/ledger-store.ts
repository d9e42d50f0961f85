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
  CREATE TABLE IF NOT EXISTS announced_key (
    generation INTEGER PRIMARY KEY, public_key BLOB NOT NULL UNIQUE, ledger_index INTEGER NOT NULL, retires_at INTEGER NOT NULL,
    announced_at TEXT NOT NULL, predecessor_retired_on TEXT
  ) STRICT;
  CREATE TABLE IF NOT EXISTS announced_signer (
    generation INTEGER PRIMARY KEY, public_key BLOB NOT NULL UNIQUE, ledger_index INTEGER NOT NULL, retires_at INTEGER NOT NULL,
    announced_at TEXT NOT NULL
  ) STRICT;
`;

/** Whose log a database holds; fixed when it is made. */
export interface LedgerIdentity {
  readonly origin: string;
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** ISO 8601. */
  readonly beganAt: string;
}

/** Whose key is announced: the log's, or that of whoever signs what stands in it. */
export type KeyRole = 'log' | 'signer';

/** A key that follows the one before it; known with the leaf that announces it. */
export interface AnnouncedKey {
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** Size, or index, from which the key before it does not suffice any more. */
  readonly retiresAt: number;
  /** ISO 8601. */
  readonly announcedAt: string;
}

export interface RecordedKey extends AnnouncedKey {
  /** Of the leaf that announces it. */
  readonly ledgerIndex: number;
  /** ISO 8601: when the first checkpoint was published that the key before it does not sign. */
  readonly predecessorRetiredOn?: string;
}

export interface StoredLeaf {
  readonly index: number;
  readonly entry: Uint8Array;
  /** As it was recorded with the leaf. */
  readonly hash: Uint8Array;
}

export interface NewLeaf {
  readonly entry: Uint8Array;
  readonly announces?: AnnouncedKey & { readonly role: KeyRole };
}

/** Leaves and complete nodes of the log in SQLite. A leaf and the nodes it completes are committed together, durably. */
export class LedgerStore {
  private readonly statements;

  private constructor(private readonly database: SqliteDatabase) {
    this.statements = prepare(database);
  }

  /** @throws LedgerError LEDGER_DAMAGED, LEDGER_READ_ONLY, LEDGER_UNAVAILABLE */
  static open(file: string, options: SqliteOptions = {}): LedgerStore {
    return guarded(() => {
      const database = openSqlite(file, options);
      try {
        if (!options.readOnly) database.exec(SCHEMA);
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
      return this.recordedIdentity() ?? fresh;
    });
  }

  /** Undefined in a database that no log was begun in. */
  recordedIdentity(): LedgerIdentity | undefined {
    const row = this.guarded(() =>
      this.database.prepare('SELECT origin, public_key, began_at FROM identity').get(),
    ) as { origin: string; public_key: Uint8Array; began_at: string } | undefined;
    return row && { origin: row.origin, publicKey: Uint8Array.from(row.public_key), beganAt: row.began_at };
  }

  size(): number {
    return this.guarded(() => this.statements.size.get() as number);
  }

  /**
   * Appends the entries that are not there yet, all in one durable transaction: when it throws, none of them was kept.
   *
   * @returns the index of each, in their order
   */
  appendAll(leaves: readonly NewLeaf[]): number[] {
    const append = this.database.transaction(() => leaves.map((leaf) => this.appendOne(leaf)));
    return this.guarded(() => append.immediate());
  }

  /** The index of an entry; undefined when the log does not hold it. */
  indexOf(entry: Uint8Array): number | undefined {
    return this.guarded(() => this.statements.find.get(leafHash(entry))) as number | undefined;
  }

  /** Keys that were announced after the first one, oldest first. */
  announcedKeys(role: KeyRole): RecordedKey[] {
    return this.guarded(() => (this.statements.keys[role].all() as KeyRow[]).map(recordedKey));
  }

  /** Remembers when the key before the `generation`-th announced one was retired; the first time counts. */
  retirePredecessor(generation: number, retiredOn: string): void {
    this.guarded(() => this.statements.retire.run(retiredOn, generation));
  }

  /** Entries [from, to). */
  entries(from: number, to: number): Uint8Array[] {
    return this.guarded(() =>
      this.statements.entries.all(from, to).map((entry) => Uint8Array.from(entry as Uint8Array)),
    );
  }

  /** Leaves [from, to) as they are recorded, for whoever checks them. */
  leaves(from: number, to: number): StoredLeaf[] {
    const rows = this.guarded(() => this.statements.leaves.all(from, to)) as {
      number: number;
      entry: Uint8Array;
      hash: Uint8Array;
    }[];
    return rows.map(({ number: index, entry, hash }) => ({
      index,
      entry: Uint8Array.from(entry),
      hash: Uint8Array.from(hash),
    }));
  }

  /** Undefined when the node is not there. */
  storedNode(level: number, index: number): Uint8Array | undefined {
    const hash = this.guarded(() => this.statements.node.get(level, index)) as Uint8Array | undefined;
    return hash && Uint8Array.from(hash);
  }

  readonly node: NodeReader = (level, index) => {
    const hash = this.storedNode(level, index);
    if (hash === undefined)
      throw new LedgerError('LEDGER_DAMAGED', 'the ledger database lacks a node of its tree', {
        facts: { level, index },
        nextStep: 'Restore ledger.db from a backup that is not older than the published checkpoint.',
      });
    return hash;
  };

  close(): void {
    closeSqlite(this.database);
  }

  private appendOne({ entry, announces }: NewLeaf): number {
    const hash = leafHash(entry);
    const known = this.statements.find.get(hash);
    if (typeof known === 'number') return known;
    const index = this.statements.size.get() as number;
    this.insert(index, entry, hash);
    if (announces !== undefined) this.announce(index, announces);
    return index;
  }

  private announce(
    index: number,
    { role, publicKey, retiresAt, announcedAt }: NonNullable<NewLeaf['announces']>,
  ): void {
    if (retiresAt <= index)
      throw new LedgerError(
        'LEDGER_ROTATION_LATE',
        'the log has outgrown the size at which the old key retires',
        {
          facts: { index, retiresAt },
          nextStep: 'Rotate the key again, with a longer overlap; nothing was announced.',
        },
      );
    this.statements.addKey[role].run(publicKey, index, retiresAt, announcedAt);
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
    leaves: database.prepare(
      'SELECT number, entry, hash FROM leaf WHERE number >= ? AND number < ? ORDER BY number',
    ),
    addLeaf: database.prepare('INSERT INTO leaf (number, entry, hash) VALUES (?, ?, ?)'),
    node: database.prepare('SELECT hash FROM node WHERE level = ? AND number = ?').pluck(),
    addNode: database.prepare('INSERT INTO node (level, number, hash) VALUES (?, ?, ?)'),
    keys: {
      log: database.prepare('SELECT * FROM announced_key ORDER BY generation'),
      signer: database.prepare('SELECT * FROM announced_signer ORDER BY generation'),
    },
    addKey: {
      log: database.prepare(
        'INSERT INTO announced_key (public_key, ledger_index, retires_at, announced_at) VALUES (?, ?, ?, ?)',
      ),
      signer: database.prepare(
        'INSERT INTO announced_signer (public_key, ledger_index, retires_at, announced_at) VALUES (?, ?, ?, ?)',
      ),
    },
    retire: database.prepare(
      'UPDATE announced_key SET predecessor_retired_on = ? WHERE generation = ? AND predecessor_retired_on IS NULL',
    ),
  };
}

interface KeyRow {
  readonly public_key: Uint8Array;
  readonly ledger_index: number;
  readonly retires_at: number;
  readonly announced_at: string;
  /** Absent where no tool asks for times. */
  readonly predecessor_retired_on?: string | null;
}

function recordedKey(row: KeyRow): RecordedKey {
  return {
    publicKey: Uint8Array.from(row.public_key),
    ledgerIndex: row.ledger_index,
    retiresAt: row.retires_at,
    announcedAt: row.announced_at,
    predecessorRetiredOn: row.predecessor_retired_on ?? undefined,
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
