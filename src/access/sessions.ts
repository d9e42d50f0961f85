import { SessionVerifier, type Principal, type StaffRole } from '#platform/callers';
import { truncateWal, type SqliteDatabase } from '#platform/sqlite';
import { hashOfToken, newToken, type KeyedHashes } from './secrets.js';
import type { StaffId } from './staff-account.js';

/** Whose a session is. */
export type SessionOwner =
  | { readonly kind: 'staff'; readonly staffId: StaffId }
  | { readonly kind: 'subject'; readonly subject: string }
  | { readonly kind: 'follower'; readonly requestId: string };

export interface OpenSession {
  readonly owner: SessionOwner;
  /** ISO 8601: when it ends however much it is used. */
  readonly expiresAt: string;
}

export interface SessionsParts {
  readonly database: SqliteDatabase;
  readonly hashes: KeyedHashes;
  readonly rolesOf: (staffId: string) => readonly StaffRole[] | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

interface Row {
  readonly kind: SessionOwner['kind'];
  readonly owner: string;
  readonly seenAt: number;
  readonly endsAt: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** How long a session may be left alone, and how long it lasts at most. */
const LASTS: Readonly<Record<SessionOwner['kind'], { readonly idle: number; readonly whole: number }>> = {
  staff: { idle: 30 * MINUTE, whole: 10 * HOUR },
  subject: { idle: 30 * MINUTE, whole: 4 * HOUR },
  follower: { idle: 2 * HOUR, whole: 24 * HOUR },
};

const SEEN_EVERY = MINUTE;

/**
 * Sessions by the hash of their token: whoever reads the file cannot use them. A token is only ever made here, when somebody has shown
 * who they are, so that one that was planted before means nothing.
 */
export class Sessions extends SessionVerifier {
  private readonly statements;

  constructor(private readonly parts: SessionsParts) {
    super();
    this.statements = prepare(parts.database);
    this.statements.removeEnded.run(parts.now());
  }

  /** @param replaced token of whatever session the same browser had; it ends @returns the new token */
  open(owner: SessionOwner, replaced?: string): string {
    const now = this.parts.now();
    const token = newToken();
    if (replaced !== undefined) this.end(replaced);
    this.statements.removeEnded.run(now);
    this.statements.add.run(
      hashOfToken(token),
      owner.kind,
      nameOf(owner),
      now,
      now + LASTS[owner.kind].whole,
    );
    return token;
  }

  verify(token: string): Principal | undefined {
    const owner = this.find(token)?.owner;
    return owner && this.principalOf(owner);
  }

  /** A session that goes on; its use counts. */
  find(token: string): OpenSession | undefined {
    const hash = hashOfToken(token);
    const now = this.parts.now();
    const row = this.statements.find.get(hash) as Row | undefined;
    if (row === undefined) return undefined;
    if (now >= row.endsAt || now >= row.seenAt + LASTS[row.kind].idle) {
      this.statements.remove.run(hash);
      return undefined;
    }
    if (now - row.seenAt >= SEEN_EVERY) this.statements.seen.run(now, hash);
    return { owner: ownerOf(row), expiresAt: new Date(row.endsAt).toISOString() };
  }

  csrfOf(token: string): string {
    return this.parts.hashes.of('csrf', token).toString('base64url');
  }

  end(token: string): void {
    this.statements.remove.run(hashOfToken(token));
  }

  endAllOf(staffId: StaffId): void {
    this.statements.removeOwned.run('staff', staffId);
  }

  /** The sessions of a person who was erased go on for one thing only: to follow that request. The pseudonym leaves the file. */
  becomeFollowers(subject: string, requestId: string): void {
    const { changes } = this.statements.hand.run('follower', requestId, 'subject', subject);
    if (changes > 0) truncateWal(this.parts.database);
  }

  /** Ends those of people who are not enrolled any more. */
  endStrangers(isEnrolled: (subject: string) => boolean): void {
    for (const subject of this.statements.subjects.all() as string[])
      if (!isEnrolled(subject)) this.statements.removeOwned.run('subject', subject);
  }

  private principalOf(owner: SessionOwner): Principal | undefined {
    switch (owner.kind) {
      case 'staff': {
        const roles = this.parts.rolesOf(owner.staffId);
        return roles && { kind: 'staff', roles, actor: owner.staffId };
      }
      case 'subject':
        return { kind: 'subject', roles: ['subject'], actor: 'subject', subject: owner.subject };
      case 'follower':
        return { kind: 'follower', roles: ['follower'], actor: 'subject', requestId: owner.requestId };
    }
  }
}

function nameOf(owner: SessionOwner): string {
  switch (owner.kind) {
    case 'staff':
      return owner.staffId;
    case 'subject':
      return owner.subject;
    case 'follower':
      return owner.requestId;
  }
}

function ownerOf({ kind, owner }: Row): SessionOwner {
  switch (kind) {
    case 'staff':
      return { kind, staffId: owner as StaffId };
    case 'subject':
      return { kind, subject: owner };
    case 'follower':
      return { kind, requestId: owner };
  }
}

function prepare(database: SqliteDatabase) {
  return {
    add: database.prepare('INSERT INTO sessions VALUES (?, ?, ?, ?, ?)'),
    find: database.prepare(
      'SELECT kind, owner, seen_at AS seenAt, ends_at AS endsAt FROM sessions WHERE token_hash = ?',
    ),
    seen: database.prepare('UPDATE sessions SET seen_at = ? WHERE token_hash = ?'),
    remove: database.prepare('DELETE FROM sessions WHERE token_hash = ?'),
    removeEnded: database.prepare('DELETE FROM sessions WHERE ends_at <= ?'),
    removeOwned: database.prepare('DELETE FROM sessions WHERE kind = ? AND owner = ?'),
    hand: database.prepare('UPDATE sessions SET kind = ?, owner = ? WHERE kind = ? AND owner = ?'),
    subjects: database.prepare(`SELECT DISTINCT owner FROM sessions WHERE kind = 'subject'`).pluck(),
  };
}
