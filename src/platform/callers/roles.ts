/**
 * What a caller may do. Machines: `ingest` feeds events, `serve` asks for recommendations, `rights` files what people ask their
 * controller for (OpenDSR). Staff, or a token in their place: `dpo` works
 * requests, `auditor` reads proofs, `engineer` runs models, `admin` does that too and keeps accounts. `subject` is a person among their
 * own things, `follower` somebody who follows one request by its follow key.
 */
export const ROLES = [
  'ingest',
  'serve',
  'rights',
  'dpo',
  'auditor',
  'engineer',
  'admin',
  'subject',
  'follower',
] as const;
export type Role = (typeof ROLES)[number];

/** Roles that a token may hold; the others come with a session only. */
export const TOKEN_ROLES = [
  'ingest',
  'serve',
  'rights',
  'dpo',
  'auditor',
  'engineer',
  'admin',
] as const satisfies Role[];

/** Roles that a member of staff may hold. */
export const STAFF_ROLES = ['dpo', 'auditor', 'engineer', 'admin'] as const satisfies Role[];
export type StaffRole = (typeof STAFF_ROLES)[number];
