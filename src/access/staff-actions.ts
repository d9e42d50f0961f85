import { randomUUID } from 'node:crypto';
import type { DataOf } from '#libs/contracts';
import { streamNames, type EventStore, type RecordedEvent, type Subscription } from '#libs/messaging';
import { StaffAudit, type StaffAction } from '#platform/callers';
import type { SqliteDatabase } from '#platform/sqlite';
import type { StaffId } from './staff-account.js';

export interface RecordedAction {
  readonly at: string;
  readonly staffId: string;
  readonly action: string;
  readonly requestId?: string;
  readonly about?: string;
}

interface Row extends Omit<RecordedAction, 'requestId' | 'about'> {
  readonly requestId: string | null;
  readonly about: string | null;
}

/** What staff did: events on their streams, and beside them a table to look things up in, which follows the events. */
export class StaffActions extends StaffAudit {
  private readonly statements;
  private readonly subscription: Subscription;

  constructor(
    private readonly store: Pick<EventStore, 'append' | 'subscribe'>,
    database: SqliteDatabase,
    private readonly now: () => string,
  ) {
    super();
    this.statements = prepare(database);
    const after = this.statements.last.get() as number | null;
    const put = database.transaction((events: readonly RecordedEvent[]) =>
      events.forEach((event) => this.put(event)),
    );
    this.subscription = store.subscribe({
      ...(after !== null && { after: BigInt(after) }),
      filter: { types: ['StaffActed'] },
      handle: async (events) => put(events),
    });
    this.subscription.done.catch(() => {}); // told to whoever awaits page
  }

  async record({ actor, action, requestId, about }: StaffAction): Promise<void> {
    const data: DataOf<'StaffActed'> = {
      staffId: actor,
      action,
      ...(requestId !== undefined && { requestId }),
      ...(about !== undefined && { about }),
      actedAt: this.now(),
    };
    await this.store.append(streamNames.staff(actor), [{ id: randomUUID(), type: 'StaffActed', data }]);
  }

  /** Newest first; takes in everything that was recorded before the question. */
  async page(page: number, size: number): Promise<{ rows: RecordedAction[]; total: number }> {
    await this.subscription.caughtUp();
    const rows = this.statements.page.all(size, (page - 1) * size) as Row[];
    return { rows: rows.map(actionOf), total: this.statements.count.get() as number };
  }

  stop(): Promise<void> {
    return this.subscription.stop();
  }

  private put({ position, data }: RecordedEvent): void {
    const { staffId, action, requestId, about, actedAt } = data as DataOf<'StaffActed'>;
    this.statements.put.run(position, actedAt, staffId, action, requestId ?? null, about ?? null);
  }
}

/** Somebody at the machine itself did it to the account. */
export const byOperator = (staffId: StaffId, action: string): StaffAction => ({
  actor: staffId,
  action: `${action}-by-operator`,
});

function actionOf({ requestId, about, ...row }: Row): RecordedAction {
  return { ...row, ...(requestId !== null && { requestId }), ...(about !== null && { about }) };
}

function prepare(database: SqliteDatabase) {
  return {
    last: database.prepare('SELECT max(position) FROM actions').pluck(),
    put: database.prepare('INSERT OR IGNORE INTO actions VALUES (?, ?, ?, ?, ?, ?)'),
    count: database.prepare('SELECT count(*) FROM actions').pluck(),
    page: database.prepare(
      `SELECT at, staff_id AS staffId, action, request_id AS requestId, about FROM actions ORDER BY position DESC LIMIT ? OFFSET ?`,
    ),
  };
}
