import type { StaffRole } from '#platform/callers';
import type { SqliteDatabase } from '#platform/sqlite';
import type { StaffId } from './staff-account.js';

/** An account as it is stored. */
export interface StaffRow {
  readonly staffId: StaffId;
  /** Name, and user name once there is one, sealed. */
  readonly sealed: string;
  readonly passwordHash: string | null;
  readonly isKnownToProvider: boolean;
  readonly roles: readonly StaffRole[];
  readonly disabled: boolean;
  readonly lastLoginAt: string | null;
}

interface Stored extends Omit<StaffRow, 'roles' | 'disabled' | 'isKnownToProvider'> {
  readonly roles: string;
  readonly disabled: number;
  readonly isKnownToProvider: number;
}

/** Accounts and their set-up links in the access file. */
export class StaffTable {
  private readonly statements;

  constructor(private readonly database: SqliteDatabase) {
    this.statements = prepare(database);
  }

  /** All of it, or nothing. */
  atomically<T>(work: () => T): T {
    return this.database.transaction(work).immediate();
  }

  all(): StaffRow[] {
    return (this.statements.all.all() as Stored[]).map(rowOf);
  }

  find(staffId: string): StaffRow | undefined {
    return optionalRow(this.statements.find.get(staffId));
  }

  byUser(lookup: Buffer): StaffRow | undefined {
    return optionalRow(this.statements.byUser.get(lookup));
  }

  byProvider(lookup: Buffer): StaffRow | undefined {
    return optionalRow(this.statements.byProvider.get(lookup));
  }

  add(staffId: StaffId, sealed: string, roles: readonly StaffRole[], providerLookup: Buffer | null): void {
    this.statements.add.run(staffId, sealed, providerLookup, JSON.stringify(roles));
  }

  setUser(staffId: StaffId, lookup: Buffer, sealed: string, passwordHash: string): void {
    this.statements.setUser.run(lookup, sealed, passwordHash, staffId);
  }

  setPassword(staffId: StaffId, passwordHash: string | null): void {
    this.statements.setPassword.run(passwordHash, staffId);
  }

  setRoles(staffId: StaffId, roles: readonly StaffRole[]): void {
    this.statements.setRoles.run(JSON.stringify(roles), staffId);
  }

  setName(staffId: StaffId, sealed: string): void {
    this.statements.setName.run(sealed, staffId);
  }

  setDisabled(staffId: StaffId, disabled: boolean): void {
    this.statements.setDisabled.run(Number(disabled), staffId);
  }

  setLastLogin(staffId: StaffId, at: string): void {
    this.statements.setLastLogin.run(at, staffId);
  }

  /** An account has one link; a new one ends the one before. */
  putLink(staffId: StaffId, tokenHash: Buffer, expiresAt: number): void {
    this.statements.putLink.run(tokenHash, staffId, expiresAt);
  }

  /** @returns whose link it is, if it has not expired */
  linked(tokenHash: Buffer, now: number): StaffId | undefined {
    return this.statements.linked.get(tokenHash, now) as StaffId | undefined;
  }

  removeLink(staffId: StaffId): void {
    this.statements.removeLink.run(staffId);
  }
}

const optionalRow = (stored: unknown): StaffRow | undefined =>
  stored === undefined ? undefined : rowOf(stored as Stored);

function rowOf({ roles, disabled, isKnownToProvider, ...row }: Stored): StaffRow {
  return {
    ...row,
    roles: JSON.parse(roles) as StaffRole[],
    disabled: disabled === 1,
    isKnownToProvider: isKnownToProvider === 1,
  };
}

const COLUMNS = `staff_id AS staffId, sealed, password_hash AS passwordHash, provider_lookup IS NOT NULL AS isKnownToProvider,
  roles, disabled, last_login_at AS lastLoginAt`;

function prepare(database: SqliteDatabase) {
  return {
    all: database.prepare(`SELECT ${COLUMNS} FROM staff ORDER BY rowid`),
    find: database.prepare(`SELECT ${COLUMNS} FROM staff WHERE staff_id = ?`),
    byUser: database.prepare(`SELECT ${COLUMNS} FROM staff WHERE user_lookup = ?`),
    byProvider: database.prepare(`SELECT ${COLUMNS} FROM staff WHERE provider_lookup = ?`),
    add: database.prepare('INSERT INTO staff (staff_id, sealed, provider_lookup, roles) VALUES (?, ?, ?, ?)'),
    setUser: database.prepare(
      'UPDATE staff SET user_lookup = ?, sealed = ?, password_hash = ? WHERE staff_id = ?',
    ),
    setPassword: database.prepare('UPDATE staff SET password_hash = ? WHERE staff_id = ?'),
    setRoles: database.prepare('UPDATE staff SET roles = ? WHERE staff_id = ?'),
    setName: database.prepare('UPDATE staff SET sealed = ? WHERE staff_id = ?'),
    setDisabled: database.prepare('UPDATE staff SET disabled = ? WHERE staff_id = ?'),
    setLastLogin: database.prepare('UPDATE staff SET last_login_at = ? WHERE staff_id = ?'),
    putLink: database.prepare('INSERT OR REPLACE INTO set_up_links VALUES (?, ?, ?)'),
    linked: database
      .prepare('SELECT staff_id FROM set_up_links WHERE token_hash = ? AND expires_at > ?')
      .pluck(),
    removeLink: database.prepare('DELETE FROM set_up_links WHERE staff_id = ?'),
  };
}
