import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import type { Logger } from 'pino';
import { isCodedError } from '#libs/essentials';
import { packageVersion } from '#platform/build';
import { configureHttp, securityHeaders, type HttpOptions, type TokenVerifier } from '#platform/http';
import { ledgerPrefix } from '#stages/ledger';
import type { Installation } from '../installation/index.js';
import { ApiModule } from './api.module.js';
import { serveFrontEnd } from './front-end.js';
import { ProviderTokens } from './provider-tokens.js';

export type ApiOptions = Pick<HttpOptions, 'limit' | 'trustProxy'>;

/** The HTTP application over an installation, ready to listen: routes, guards, errors, portal, documentation at /docs. */
export async function createApi(
  installation: Installation,
  tokens: TokenVerifier,
  log: Logger,
  options: ApiOptions = {},
): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(ApiModule.over(installation), {
    logger: ['error', 'warn'],
    bodyParser: false,
  });
  app.use(securityHeaders);
  app.use(ledgerPrefix(installation.settings.origin));
  serveFrontEnd(app);
  const { sessions, actions, provider } = installation.access;
  configureHttp(app, {
    ...options,
    tokens: provider === undefined ? tokens : new ProviderTokens(tokens, provider),
    access: { sessions, audit: actions },
    report: (error) => log.error(loggable(error), 'request failed'),
  });
  SwaggerModule.setup('docs', app, () => describeApi(app));
  return app;
}

/** The OpenAPI document; committed as docs/openapi.json (`npm run openapi`). */
export function describeApi(app: NestExpressApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('Lacuna')
    .setDescription('Recommenders that can forget, and prove it.')
    .setVersion(packageVersion())
    .addBearerAuth()
    .addCookieAuth('__Host-lacuna-session')
    .build();
  return SwaggerModule.createDocument(app, config);
}

/** Code, facts and stack of an error; never its message alone, which a library may have filled with a value. */
function loggable(error: unknown): object {
  if (isCodedError(error)) return { code: error.code, facts: error.facts, stack: stackOf(error) };
  return { stack: error instanceof Error ? stackOf(error) : 'not an error' };
}

function stackOf({ name, stack }: Error): string {
  return [name, ...(stack ?? '').split('\n').filter((line) => line.startsWith('    at '))].join('\n');
}
