import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { HttpError } from './http-error.js';
import { PUBLIC_KEY, ROLES_KEY, type Role } from './roles.js';
import { TokenVerifier } from './tokens.js';

const BEARER = /^Bearer ([A-Za-z0-9\-._~+/]{1,1024}=*)$/i; // RFC 6750 §2.1

/** Lets a request in when its bearer token holds a role of the route. A route that names neither roles nor @Public lets nobody in. */
@Injectable()
export class RolesGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly tokens: TokenVerifier,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean | undefined>(PUBLIC_KEY, targets)) return true;
    const allowed = this.reflector.getAllAndOverride<readonly Role[] | undefined>(ROLES_KEY, targets) ?? [];
    const { headers } = context.switchToHttp().getRequest<{ headers: { authorization?: string } }>();
    const { roles } = this.principalOf(headers.authorization);
    if (!allowed.some((role) => roles.includes(role)))
      throw new HttpError('ROLE_NOT_GRANTED', 'The token is not allowed to do this', {
        nextStep: `Use a token with one of the roles: ${allowed.join(', ') || 'none is configured for this route'}.`,
      });
    return true;
  }

  private principalOf(authorization: string | undefined) {
    const token = BEARER.exec(authorization ?? '')?.[1];
    if (token === undefined)
      throw new HttpError('TOKEN_MISSING', 'The request has no bearer token', {
        nextStep: 'Send the header Authorization: Bearer TOKEN.',
      });
    const principal = this.tokens.verify(token);
    if (principal === undefined)
      throw new HttpError('TOKEN_UNKNOWN', 'The token is not known here', {
        nextStep: 'Check the token; ask the operator for a new one when it was replaced.',
      });
    return principal;
  }
}
