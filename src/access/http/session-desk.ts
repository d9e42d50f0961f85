import type { Request } from 'express';
import type { SessionView } from '#libs/portal-contract';
import { requireCsrf, sessionTokenOf, setSessionToken } from '#platform/http';
import type { Access } from '../open-access.js';
import { newToken } from '../secrets.js';
import type { OpenSession, SessionOwner } from '../sessions.js';

/** Opens sessions in browsers and tells them about theirs. */
export class SessionDesk {
  constructor(private readonly access: Pick<Access, 'accounts' | 'sessions'>) {}

  /** What the browser has; a visitor gets a token to be recognised by when signing in, which opens nothing. */
  view(request: Request): SessionView {
    const token = sessionTokenOf(request);
    if (token !== undefined) return this.viewOf(token);
    const visitor = newToken();
    setSessionToken(request, visitor);
    return this.viewOf(visitor);
  }

  /**
   * Signing somebody in is a change too: another site must not sign a visitor in as somebody else.
   * @throws HttpError CSRF_TOKEN_WRONG
   */
  requireVisitor(request: Request): void {
    const token = sessionTokenOf(request);
    requireCsrf(request, token === undefined ? undefined : this.access.sessions.csrfOf(token));
  }

  /** A new session under a new token, in place of whatever the browser had. */
  open(request: Request, owner: SessionOwner): SessionView {
    const token = this.access.sessions.open(owner, sessionTokenOf(request));
    setSessionToken(request, token);
    return this.viewOf(token);
  }

  /** Ends the session; the browser is a visitor again. */
  close(request: Request): void {
    const token = sessionTokenOf(request);
    if (token === undefined) return;
    this.access.sessions.end(token);
    setSessionToken(request, newToken());
  }

  private viewOf(token: string): SessionView {
    const csrf = this.access.sessions.csrfOf(token);
    const session = this.access.sessions.verify(token) && this.access.sessions.find(token);
    return session === undefined ? { kind: 'none', csrf } : this.openView(session, csrf);
  }

  private openView({ owner, expiresAt }: OpenSession, csrf: string): SessionView {
    switch (owner.kind) {
      case 'staff': {
        const { staffId, name, roles } = this.access.accounts.get(owner.staffId);
        return { kind: 'staff', csrf, expiresAt, name, staffId, roles };
      }
      case 'subject':
        return { kind: 'subject', csrf, expiresAt, pseudonym: owner.subject };
      case 'follower':
        return { kind: 'follower', csrf, expiresAt, requestId: owner.requestId };
    }
  }
}
