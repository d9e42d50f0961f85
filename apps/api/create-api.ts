import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import type { Logger } from 'pino';
import { packageVersion } from '#platform/build';
import type { TokenVerifier } from '#platform/callers';
import {
  configureHttp,
  securityHeaders,
  traceRequests,
  watchAnswers,
  Traffic,
  type HttpOptions,
} from '#platform/http';
import { errorFacts } from '#platform/logging';
import { ledgerPrefix } from '#stages/ledger/http';
import type { Installation } from '../installation/index.js';
import { ApiModule } from './api.module.js';
import { serveFrontEnd } from './front-end.js';
import { httpMeter, type InstallationMeters } from './metrics/index.js';
import { ProviderTokens } from './provider-tokens.js';
import { needsOf, Readiness } from './readiness.js';

export interface ApiOptions extends Pick<HttpOptions, 'limit' | 'trustProxy'> {
  /** Told when it is to stop. */
  readonly traffic?: Traffic;
  /** Measure the installation and the requests. */
  readonly meters?: InstallationMeters;
  /** Bytes; see needsOf. */
  readonly leastFree?: number;
}

/** The HTTP application over an installation, ready to listen: routes, guards, errors, portal, documentation at /docs. */
export async function createApi(
  installation: Installation,
  tokens: TokenVerifier,
  log: Logger,
  { traffic = new Traffic(), leastFree = 0, meters, ...options }: ApiOptions = {},
): Promise<NestExpressApplication> {
  const readiness = new Readiness(needsOf(installation, traffic, leastFree));
  const app = await NestFactory.create<NestExpressApplication>(ApiModule.over(installation, readiness), {
    logger: ['error', 'warn'],
    bodyParser: false,
  });
  app.use(traceRequests);
  app.use(
    watchAnswers((answer) => log.debug(answer, 'answered'), ...(meters ? [httpMeter(meters.meters)] : [])),
  );
  meters?.watch(installation, readiness);
  app.use(traffic.admit);
  app.use(securityHeaders);
  app.use(ledgerPrefix(installation.settings.origin));
  serveFrontEnd(app);
  const { sessions, actions, provider } = installation.access;
  configureHttp(app, {
    ...options,
    tokens: provider === undefined ? tokens : new ProviderTokens(tokens, provider),
    access: { sessions, audit: actions },
    report: (error, request) => log.error({ request, ...errorFacts(error) }, 'request failed'),
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
