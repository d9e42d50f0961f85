import { Reflector } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { NoSessions, type SessionVerifier, type StaffAudit, type TokenVerifier } from '#platform/callers';
import { Limits, type RateLimitOptions } from '#platform/rate-limit';
import { limitBodyTime } from './body-time.js';
import { CodedErrorFilter, type ErrorReporter } from './coded-error-filter.js';
import { keepRawBody } from './raw-body.js';
import { RolesGuard } from './roles-guard.js';
import { StaffAuditInterceptor } from './staff-audit.js';
import { validationPipe } from './validation.js';

export interface HttpOptions {
  readonly tokens: TokenVerifier;
  readonly report: ErrorReporter;
  /** Without it nobody signs in. */
  readonly access?: { readonly sessions: SessionVerifier; readonly audit: StaffAudit };
  /** Requests that one client may make, machines with a token aside. */
  readonly limit?: RateLimitOptions;
  /** Proxies whose X-Forwarded-… headers are believed, as Express takes them: a number of hops, or addresses. Default: none. */
  readonly trustProxy?: number | string;
  /** Milliseconds in which a body must have arrived; default: five minutes. */
  readonly bodyTime?: number;
}

const MAX_SIGNED_TEXT = 64 * 1024;
const MAX_BODY = 2 * 1024 * 1024; // bytes of JSON; longer lists have routes that stream

/** Gives an application the rules that hold for every route: who may call it, what it takes, how it fails. */
export function configureHttp(app: NestExpressApplication, options: HttpOptions): void {
  const { tokens, report, access, limit, trustProxy = false } = options;
  const reflector = app.get(Reflector);
  app.set('trust proxy', trustProxy);
  app.getHttpServer().requestTimeout = 0; // takes no account of the route
  app.use(limitBodyTime(options.bodyTime));
  app.useBodyParser('json', { limit: MAX_BODY, verify: keepRawBody } as { limit: number }); // Nest’s type leaves `verify` out
  app.useBodyParser('text', { limit: MAX_SIGNED_TEXT }); // signed messages
  app.useGlobalGuards(
    new RolesGuard(reflector, tokens, access?.sessions ?? new NoSessions(), new Limits(limit)),
  );
  if (access !== undefined) app.useGlobalInterceptors(new StaffAuditInterceptor(reflector, access.audit));
  app.useGlobalPipes(validationPipe());
  app.useGlobalFilters(new CodedErrorFilter(report));
}
