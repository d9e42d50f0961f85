import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';
import type { Role } from '#platform/callers';

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
