import { Reflector } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { CodedErrorFilter, type ErrorReporter } from './coded-error-filter.js';
import { RolesGuard } from './roles-guard.js';
import type { TokenVerifier } from './tokens.js';
import { validationPipe } from './validation.js';

export interface HttpOptions {
  readonly tokens: TokenVerifier;
  readonly report: ErrorReporter;
}

const MAX_BODY = 2 * 1024 * 1024; // bytes of JSON; longer lists have routes that stream

/** Gives an application the rules that hold for every route: who may call it, what it takes, how it fails. */
export function configureHttp(app: NestExpressApplication, { tokens, report }: HttpOptions): void {
  app.useBodyParser('json', { limit: MAX_BODY });
  app.useGlobalGuards(new RolesGuard(app.get(Reflector), tokens));
  app.useGlobalPipes(validationPipe());
  app.useGlobalFilters(new CodedErrorFilter(report));
}
