import { Controller, Get, Inject, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import {
  HealthCheck,
  HealthCheckService,
  HealthIndicatorService,
  type HealthCheckResult,
} from '@nestjs/terminus';
import type { Response } from 'express';
import { isCodedError } from '#libs/essentials';
import { Public } from '#platform/http';
import type { Installation } from '../installation/index.js';
import { Readiness } from './readiness.js';

export const INSTALLATION = Symbol('INSTALLATION');

/** Is this process able to do its work? Says counts, positions and codes, nothing about people. */
@ApiTags('health')
@Public()
@Controller('health')
export class HealthController {
  constructor(
    @Inject(HealthCheckService) private readonly health: HealthCheckService,
    @Inject(HealthIndicatorService) private readonly indicators: HealthIndicatorService,
    @Inject(INSTALLATION) private readonly installation: Installation,
    @Inject(Readiness) private readonly readiness: Readiness,
  ) {}

  @Get()
  @HealthCheck()
  check(): Promise<HealthCheckResult> {
    const { store, projections, ledger, recommendations, jobQueue } = this.installation;
    const up = (name: string, facts: Record<string, string | number>) =>
      this.indicators.check(name).up(facts);
    return this.health.check([
      async () => up('events', { position: (await store.head()).toString() }),
      async () => up('projections', { position: (await projections.runner.position()).toString() }),
      () => up('ledger', { entries: ledger.size() }),
      () => up('model', { version: recommendations.servedManifest()?.version ?? 0 }),
      ...(jobQueue === undefined ? [] : [async () => up('queue', { warning: await warningOf(jobQueue) })]),
    ]);
  }

  @Get('live')
  @ApiOperation({ summary: 'Does the process answer at all? Restart it when this fails' })
  @ApiOkResponse({ description: 'It does' })
  live(): { status: 'live' } {
    return { status: 'live' };
  }

  @Get('ready')
  @ApiOperation({ summary: 'Should requests be sent here? Says by code what is missing' })
  @ApiOkResponse({ description: 'Nothing is missing' })
  @ApiServiceUnavailableResponse({ description: 'Something is; `missing` holds its codes' })
  async ready(@Res({ passthrough: true }) response: Response): Promise<object> {
    const missing = await this.readiness.missing();
    response.setHeader('Cache-Control', 'no-store');
    if (missing.length === 0) return { status: 'ready' };
    response.status(503);
    return { status: 'not-ready', missing };
  }
}

/** A queue that is away or forgets keeps jobs waiting, and loses nothing: said, and no reason to be unwell. */
async function warningOf(queue: NonNullable<Installation['jobQueue']>): Promise<string> {
  try {
    return (await queue.warnings()).includes('evicts') ? 'QUEUE_REDIS_EVICTS' : 'none';
  } catch (error) {
    return isCodedError(error) ? error.code : 'INTERNAL';
  }
}
