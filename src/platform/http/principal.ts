import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import type { Principal } from '#platform/callers';

const callers = new WeakMap<object, Principal>();

/** Remembers who was let in; the guard does it. */
export function rememberCaller(request: object, principal: Principal): void {
  callers.set(request, principal);
}

/** Who was let in. @throws TypeError on a public route, which lets everybody in without asking */
export function callerOf(request: object): Principal {
  const caller = callers.get(request);
  if (caller === undefined) throw new TypeError('a public route has no caller');
  return caller;
}

/** Who was let in, if the route asked. */
export function callerIfAny(request: object): Principal | undefined {
  return callers.get(request);
}

const fromCaller = <T>(read: (caller: Principal) => T) =>
  createParamDecorator((_: unknown, context: ExecutionContext) =>
    read(callerOf(context.switchToHttp().getRequest<Request>())),
  );

/** Parameter of a handler: who calls. */
export const Caller = fromCaller((caller) => caller);

/** Parameter of a handler: who did it, as events say it. */
export const Actor = fromCaller(({ actor }) => actor);

/** Parameter of a handler for subjects alone: the pseudonym of the caller. A person's own things are named by this and nothing else. */
export const Subject = fromCaller((caller) => {
  if (caller.kind !== 'subject') throw new TypeError('the route is open to others than subjects');
  return caller.subject;
});
