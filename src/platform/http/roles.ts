import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';

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

/** Who a route is open to; what a method says goes before what its class says. */
export type Access = readonly Role[] | 'public';

export const ACCESS_KEY = 'lacuna:access';

const DOCUMENTED_AS = 'x-roles';

/** Opens a route to callers who hold one of these roles. */
export const Roles = (...roles: readonly Role[]): ClassDecorator & MethodDecorator =>
  applyDecorators(SetMetadata(ACCESS_KEY, roles), ApiExtension(DOCUMENTED_AS, roles));

/** Opens a route to everybody: the ledger, health, documentation, signing in. */
export const Public = (): ClassDecorator & MethodDecorator =>
  applyDecorators(
    SetMetadata(ACCESS_KEY, 'public' satisfies Access),
    ApiExtension(DOCUMENTED_AS, ['public']),
  );
