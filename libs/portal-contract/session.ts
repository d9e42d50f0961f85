/** What a member of staff may do; machines have `ingest` and `serve`. */
export type StaffRole = 'dpo' | 'auditor' | 'engineer' | 'admin';

/** GET /v1/portal/config, public: what the portal needs before anybody has signed in. */
export interface PortalConfig {
  /** Name of the controller, for headings and letters. */
  readonly controller: string;
  readonly locales: readonly ('en' | 'de')[];
  readonly purposes: readonly { readonly id: string; readonly title: string }[];
  /** Ways in which a person can show who they are. */
  readonly identity: readonly ('email-code' | 'host-token')[];
  /** Staff may sign in at this provider; absent when only local accounts are used. */
  readonly oidc?: { readonly label: string };
  /** Supervisory authority named in refusals under the GDPR; absent: that of the place where the person lives. */
  readonly authority?: string;
  /** Ledger origin (C2SP). */
  readonly origin: string;
}

/**
 * GET /v1/session. `csrf` goes into the header `x-lacuna-csrf` of every call that changes something, signing in included; it changes with
 * every new session. When a person is erased, their open sessions become those of followers of that request.
 */
export type SessionView =
  | { readonly kind: 'none'; readonly csrf: string }
  | {
      readonly kind: 'subject';
      readonly csrf: string;
      readonly expiresAt: string;
      /** Of the person: random, for display in support cases only. */
      readonly pseudonym: string;
    }
  | {
      readonly kind: 'staff';
      readonly csrf: string;
      readonly expiresAt: string;
      readonly name: string;
      readonly staffId: string;
      readonly roles: readonly StaffRole[];
    }
  /** Somebody who follows one request by its follow key, also after an erasure. */
  | {
      readonly kind: 'follower';
      readonly csrf: string;
      readonly expiresAt: string;
      readonly requestId: string;
    };

/** POST /v1/session/login; answers SessionView in a new session. */
export interface LoginBody {
  readonly user: string;
  readonly password: string;
}
/** POST /v1/session/setup, with the token of a set-up link; answers SessionView. */
export interface SetUpBody {
  readonly token: string;
  readonly user: string;
  readonly password: string;
}
/** POST /v1/session/password; ends every other session of the account. */
export interface PasswordBody {
  readonly current: string;
  readonly next: string;
}
/* POST /v1/session/logout → 204. GET /v1/session/oidc/start → 302 to the provider; GET /v1/session/oidc/callback → 302 to /staff.
 * Links in mails and invitations: {portal}/sign-in/link#TOKEN, {portal}/staff/set-up#TOKEN. */

/** POST /v1/identity/challenges → 202: the same answer, in the same time, whether or not the address is known. */
export interface ChallengeBody {
  /** E-mail address or customer number. */
  readonly address: string;
  readonly locale: 'en' | 'de';
}
export interface ChallengeView {
  readonly challengeId: string;
  readonly expiresAt: string;
}
/** POST /v1/identity/challenges/{challengeId}/answer: the code from the mail; answers SessionView in a new session. */
export interface ChallengeAnswerBody {
  readonly code: string;
}
/* POST /v1/identity/links { token } (from the mailed link's fragment) and POST /v1/identity/host-token { token } (JWT) answer SessionView. */
/** POST /v1/identity/follow: answers SessionView of kind follower. */
export interface FollowBody {
  readonly requestId: string;
  readonly followKey: string;
}

/** GET /v1/staff (admin): Page<StaffView>. POST /v1/staff { name, roles } answers { staff: StaffView, setUpLink }. PATCH /v1/staff/{staffId} { roles?, disabled? }. POST /v1/staff/{staffId}/reset → { setUpLink }. */
export interface StaffView {
  readonly staffId: string;
  readonly name: string;
  readonly roles: readonly StaffRole[];
  readonly disabled: boolean;
  readonly lastLoginAt?: string;
}

/** GET /v1/staff/audit (admin, auditor): Page<StaffActionView>, newest first. */
export interface StaffActionView {
  readonly at: string;
  readonly staffId: string;
  /** Such as `request.approve`; the portal has the words. */
  readonly action: string;
  readonly requestId?: string;
  /** Account that it is about. */
  readonly about?: string;
}
