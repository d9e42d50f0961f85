import type { INestApplication } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { CodedErrorFilter, type ErrorReporter } from './coded-error-filter.js';
import { RolesGuard } from './roles-guard.js';
import type { TokenVerifier } from './tokens.js';
import { validationPipe } from './validation.js';

export interface HttpOptions {
  readonly tokens: TokenVerifier;
  readonly report: ErrorReporter;
}

/** Gives an application the rules that hold for every route: who may call it, what it takes, how it fails. */
export function configureHttp(app: INestApplication, { tokens, report }: HttpOptions): void {
  app.useGlobalGuards(new RolesGuard(app.get(Reflector), tokens));
  app.useGlobalPipes(validationPipe());
  app.useGlobalFilters(new CodedErrorFilter(report));
}
