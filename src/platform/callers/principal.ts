import type { Role } from './roles.js';

interface Somebody {
  readonly roles: readonly Role[];
  /** Who did it, for the log of events: a pseudonym of staff, or what kind of caller it was. */
  readonly actor: string;
}

/** Who calls, as far as the API needs to know: no name. */
export type Principal =
  | (Somebody & { readonly kind: 'machine'; readonly actor: 'machine' })
  | (Somebody & { readonly kind: 'staff'; readonly actor: `staff-${string}` })
  /** A person whose identity was proven; `subject` is the pseudonym. */
  | (Somebody & { readonly kind: 'subject'; readonly actor: 'subject'; readonly subject: string })
  /** Somebody who holds the follow key of one request. */
  | (Somebody & { readonly kind: 'follower'; readonly actor: 'subject'; readonly requestId: string });

export const machine = (roles: readonly Role[]): Principal => ({ kind: 'machine', roles, actor: 'machine' });
