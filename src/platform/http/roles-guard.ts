import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import type { Principal, SessionVerifier, TokenVerifier } from '#platform/callers';
import type { Limits, NamedLimit } from '#platform/rate-limit';
import { changesSomething, refuseCrossSite, requireCsrf } from './cross-site.js';
import { HttpError } from './http-error.js';
import { clientOf, LIMIT_KEY } from './limits.js';
import { rememberCaller } from './principal.js';
import { ACCESS_KEY, type Access } from './roles.js';
import { sessionTokenOf } from './sessions.js';

const BEARER = /^Bearer ([A-Za-z0-9\-._~+/]{1,8192}=*)$/i; // RFC 6750 §2.1

/**
 * Lets a request in when its bearer token or its session holds a role of the route. A route that names neither roles nor @Public lets
 * nobody in. What a browser sends must come from a page of ours, and must carry the session's CSRF token when it changes something.
 */
@Injectable()
export class RolesGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly tokens: TokenVerifier,
    private readonly sessions: SessionVerifier,
    private readonly limits: Limits,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<Request>();
    const access = this.of<Access>(ACCESS_KEY, context) ?? [];
    const limit = this.of<NamedLimit>(LIMIT_KEY, context);
    if (limit !== undefined) this.limits.admit(clientOf(request.ip), limit);
    if (access === 'public') return this.admitVisitor(request);
    const caller = await this.callerOf(request);
    if (!access.some((role) => caller.roles.includes(role))) throw roleNotGranted(access);
    rememberCaller(request, caller);
    return true;
  }

  private of<T>(key: string, context: ExecutionContext): T | undefined {
    return this.reflector.getAllAndOverride<T | undefined>(key, [context.getHandler(), context.getClass()]);
  }

  private admitVisitor(request: Request): true {
    this.limits.admit(clientOf(request.ip));
    if (changesSomething(request)) refuseCrossSite(request);
    return true;
  }

  private async callerOf(request: Request): Promise<Principal> {
    const token = BEARER.exec(request.get('authorization') ?? '')?.[1];
    const holder = token === undefined ? undefined : await this.tokens.verify(token);
    if (holder !== undefined) return holder; // machines feed and ask at their own pace
    if (token === undefined) return this.visitorOf(request);
    this.limits.admit(clientOf(request.ip));
    throw new HttpError('TOKEN_UNKNOWN', 'The token is not known here', {
      nextStep: 'Check the token; ask the operator for a new one when it was replaced.',
    });
  }

  private visitorOf(request: Request): Principal {
    const token = sessionTokenOf(request);
    const visitor = token === undefined ? undefined : this.sessions.verify(token);
    this.limits.admit(visitor === undefined ? clientOf(request.ip) : `session ${token}`);
    if (token === undefined || visitor === undefined) throw notSignedIn();
    if (changesSomething(request)) {
      refuseCrossSite(request);
      requireCsrf(request, this.sessions.csrfOf(token));
    }
    return visitor;
  }
}

function notSignedIn(): HttpError {
  return new HttpError('TOKEN_MISSING', 'The request has neither a bearer token nor a session', {
    nextStep: 'Sign in at the portal, or send the header Authorization: Bearer TOKEN.',
  });
}

function roleNotGranted(access: Exclude<Access, 'public'>): HttpError {
  return new HttpError('ROLE_NOT_GRANTED', 'The caller is not allowed to do this', {
    nextStep: `Call it with one of the roles: ${access.join(', ') || 'none is configured for this route'}.`,
  });
}
