import { SetMetadata, type CustomDecorator } from '@nestjs/common';

/** `ingest` feeds events, `serve` asks for recommendations, `dpo` works requests, `admin` runs models, `audit` reads proofs. */
export type Role = 'ingest' | 'serve' | 'dpo' | 'admin' | 'audit';

export const ROLES_KEY = 'lacuna:roles';
export const PUBLIC_KEY = 'lacuna:public';

/** Opens a route to tokens that hold one of these roles. */
export const Roles = (...roles: readonly Role[]): CustomDecorator => SetMetadata(ROLES_KEY, roles);

/** Opens a route to everybody: the ledger, health, documentation. */
export const Public = (): CustomDecorator => SetMetadata(PUBLIC_KEY, true);
