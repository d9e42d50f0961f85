import {
  SetMetadata,
  type CallHandler,
  type CustomDecorator,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import { isUUID } from 'class-validator';
import type { Request } from 'express';
import { defer, from, switchMap, type Observable } from 'rxjs';
import type { StaffAction, StaffAudit } from '#platform/callers';
import { callerIfAny } from './principal.js';

const AUDITED_KEY = 'lacuna:audited';

/** Marks a route that changes something or shows something personal: a member of staff who calls it is written down with this code. */
export const Audited = (action: string): CustomDecorator => SetMetadata(AUDITED_KEY, action);

/**
 * Writes it down before it is done, so that nothing is seen or changed without a trace, and an attempt leaves one too. When it cannot be
 * written down it is not done.
 */
export class StaffAuditInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly audit: StaffAudit,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const action = this.reflector.get<string | undefined>(AUDITED_KEY, context.getHandler());
    const request = context.switchToHttp().getRequest<Request>();
    const caller = callerIfAny(request);
    if (action === undefined || caller?.kind !== 'staff') return next.handle();
    const about = aboutOf(request.params);
    return defer(() => from(this.audit.record({ actor: caller.actor, action, ...about }))).pipe(
      switchMap(() => next.handle()),
    );
  }
}

const STAFF_ID = /^staff-[0-9a-f]{20}$/;

/** Of the path's parameters those that name no person. */
function aboutOf({ requestId, staffId }: Request['params']): Pick<StaffAction, 'requestId' | 'about'> {
  return {
    ...(isUUID(requestId) && { requestId: (requestId as string).toLowerCase() }),
    ...(typeof staffId === 'string' && STAFF_ID.test(staffId) && { about: staffId }),
  };
}
