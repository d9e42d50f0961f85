import { fromUtf8, utf8 } from '#libs/essentials';
import type { PayloadSealer } from '#libs/messaging';
import { closeSqlite, openSqlite, truncateWal, type SqliteDatabase } from '#platform/sqlite';

/** `held` waits to be released; `waiting` is tried again and again; the others are the end. */
export type ParcelState = 'held' | 'waiting' | 'delivered' | 'acknowledged' | 'given-up';
export type ParcelEnd = Exclude<ParcelState, 'held' | 'waiting'>;

/** What is known of something to be delivered without opening it; nothing personal. */
export interface Parcel {
  readonly id: string;
  readonly queue: string;
  /** What it is about, such as a request, by its pseudonym. */
  readonly reference: string;
  /** Where it goes, by a pseudonym. */
  readonly destination: string;
  readonly state: ParcelState;
  readonly attempts: number;
  /** Milliseconds since the epoch. */
  readonly nextAttemptAt: number | null;
  readonly expiresAt: number | null;
  readonly lastCode: string | null;
}

export interface ParcelDepth {
  readonly queue: string;
  readonly state: 'held' | 'waiting' | 'retried' | 'given-up';
  readonly count: number;
}

export interface NewParcel extends Pick<Parcel, 'id' | 'queue' | 'reference' | 'destination'> {
  /** Key of the vault under which the content is sealed. */
  readonly keyName: string;
  readonly content: string;
  /** Wait for `release`. */
  readonly held?: boolean;
  /** Milliseconds since the epoch: from then on it is worth nothing. */
  readonly expiresAt?: number;
}

/* The content is sealed, and gone as soon as the parcel has come to its end; what is left names nobody. */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS parcels (
    id TEXT PRIMARY KEY, queue TEXT NOT NULL, reference TEXT NOT NULL, destination TEXT NOT NULL,
    key_name TEXT, sealed TEXT, state TEXT NOT NULL, attempts INTEGER NOT NULL,
    next_attempt_at INTEGER, expires_at INTEGER, last_code TEXT
  ) STRICT;
  CREATE INDEX IF NOT EXISTS parcels_due ON parcels (next_attempt_at) WHERE state = 'waiting';
  CREATE INDEX IF NOT EXISTS parcels_about ON parcels (reference);
`;
const COLUMNS = `id, queue, reference, destination, state, attempts, next_attempt_at AS nextAttemptAt,
  expires_at AS expiresAt, last_code AS lastCode`;

/**
 * What is to leave the house: durable when `put` returns, sealed, and forgotten once it has arrived or was given up. Nothing here knows
 * how it is carried (see Courier).
 */
export class Outbox {
  private readonly statements;

  private constructor(
    private readonly database: SqliteDatabase,
    private readonly sealer: PayloadSealer,
    private readonly now: () => number,
  ) {
    this.statements = prepare(database);
  }

  /** @param now milliseconds since the epoch */
  static open(file: string, sealer: PayloadSealer, now: () => number): Outbox {
    const database = openSqlite(file);
    database.exec(SCHEMA);
    return new Outbox(database, sealer, now);
  }

  /** Keeps a parcel; one of that id that is there already stays as it is. */
  put({ keyName, content, held = false, expiresAt, ...named }: NewParcel): void {
    const sealed = this.sealer.seal(keyName, utf8(content), contextOf(named));
    const [state, nextAttemptAt] = held ? ['held', null] : ['waiting', this.now()];
    this.statements.put.run({
      ...named,
      keyName,
      sealed,
      state,
      nextAttemptAt,
      expiresAt: expiresAt ?? null,
    });
  }

  /** Lets go what was held about something. Idempotent. */
  release(queue: string, reference: string): void {
    this.statements.release.run({ queue, reference, now: this.now() });
  }

  /** Parcels whose time has come, the longest overdue first. */
  due(limit: number): Parcel[] {
    return this.statements.due.all({ now: this.now(), limit }) as Parcel[];
  }

  /** When the next parcel is due; undefined when none waits. */
  nextDue(): number | undefined {
    return (this.statements.nextDue.get() as number | null) ?? undefined;
  }

  /** Counts an attempt before it is made, so that a crash in the middle of it is not tried again at once. */
  begin({ id }: Parcel, nextAttemptAt: number): void {
    this.statements.begin.run({ id, nextAttemptAt });
  }

  /** The content. @throws VaultError KEY_DESTROYED, PAYLOAD_DAMAGED; undefined when it is forgotten */
  open({ id, queue }: Pick<Parcel, 'id' | 'queue'>): string | undefined {
    const { keyName, sealed } = (this.statements.content.get({ id }) ?? {}) as {
      keyName?: string | null;
      sealed?: string | null;
    };
    if (typeof keyName !== 'string' || typeof sealed !== 'string') return undefined;
    return fromUtf8(this.sealer.open(keyName, sealed, contextOf({ id, queue })));
  }

  /** Notes why an attempt came to nothing. */
  postpone({ id }: Parcel, nextAttemptAt: number, code: string): void {
    this.statements.postpone.run({ id, nextAttemptAt, code });
  }

  /** The parcel has come to its end: its content is overwritten, and with `trace: false` everything of it. */
  settle({ id }: Pick<Parcel, 'id'>, end: ParcelEnd, code: string | null, trace: boolean): void {
    if (trace) this.statements.settle.run({ id, end, code });
    else this.statements.remove.run({ id });
    truncateWal(this.database);
  }

  /** One that was delivered is acknowledged as well. @returns whether the parcel is one of this outbox and not given up */
  acknowledge(id: string): boolean {
    const known = this.find(id);
    if (known === undefined || known.state === 'given-up') return false;
    if (known.state !== 'acknowledged') this.settle(known, 'acknowledged', null, true);
    return true;
  }

  find(id: string): Parcel | undefined {
    return this.statements.find.get({ id }) as Parcel | undefined;
  }

  /** Newest first. */
  ofQueue(queue: string): Parcel[] {
    return this.statements.ofQueue.all({ queue }) as Parcel[];
  }

  /** How many parcels there are of each queue that did not arrive; `retried`: tried in vain, and to be tried again. */
  depths(): ParcelDepth[] {
    return this.statements.depths.all() as ParcelDepth[];
  }

  /** What is, or was, to be delivered about something. */
  about(reference: string): Parcel[] {
    return this.statements.about.all({ reference }) as Parcel[];
  }

  close(): void {
    closeSqlite(this.database);
  }
}

function contextOf({ queue, id }: Pick<Parcel, 'id' | 'queue'>): Uint8Array {
  return utf8(JSON.stringify(['outbox', queue, id]));
}

function prepare(database: SqliteDatabase) {
  return {
    put: database.prepare(`INSERT OR IGNORE INTO parcels VALUES
      (@id, @queue, @reference, @destination, @keyName, @sealed, @state, 0, @nextAttemptAt, @expiresAt, NULL)`),
    release: database.prepare(`UPDATE parcels SET state = 'waiting', next_attempt_at = @now
      WHERE queue = @queue AND reference = @reference AND state = 'held'`),
    due: database.prepare(`SELECT ${COLUMNS} FROM parcels
      WHERE state = 'waiting' AND next_attempt_at <= @now ORDER BY next_attempt_at, rowid LIMIT @limit`),
    nextDue: database.prepare(`SELECT min(next_attempt_at) FROM parcels WHERE state = 'waiting'`).pluck(),
    begin: database.prepare(
      'UPDATE parcels SET attempts = attempts + 1, next_attempt_at = @nextAttemptAt WHERE id = @id',
    ),
    content: database.prepare('SELECT key_name AS keyName, sealed FROM parcels WHERE id = @id'),
    postpone: database.prepare(
      'UPDATE parcels SET next_attempt_at = @nextAttemptAt, last_code = @code WHERE id = @id',
    ),
    settle: database.prepare(`UPDATE parcels
      SET state = iif(state = 'acknowledged', state, @end), last_code = @code, key_name = NULL, sealed = NULL, next_attempt_at = NULL WHERE id = @id`),
    remove: database.prepare('DELETE FROM parcels WHERE id = @id'),
    find: database.prepare(`SELECT ${COLUMNS} FROM parcels WHERE id = @id`),
    ofQueue: database.prepare(`SELECT ${COLUMNS} FROM parcels WHERE queue = @queue ORDER BY rowid DESC`),
    depths:
      database.prepare(`SELECT queue, iif(state = 'waiting' AND attempts > 0, 'retried', state) AS state,
      count(*) AS count FROM parcels WHERE state IN ('held', 'waiting', 'given-up') GROUP BY 1, 2 ORDER BY 1, 2`),
    about: database.prepare(`SELECT ${COLUMNS} FROM parcels WHERE reference = @reference ORDER BY id`),
  };
}
