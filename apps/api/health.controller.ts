import { Controller, Get, Inject } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  HealthCheck,
  HealthCheckService,
  HealthIndicatorService,
  type HealthCheckResult,
} from '@nestjs/terminus';
import { Public } from '#platform/http';
import type { Installation } from '../installation/index.js';

export const INSTALLATION = Symbol('INSTALLATION');

/** Is this process able to do its work? Says counts and positions, nothing about people. */
@ApiTags('health')
@Public()
@Controller('health')
export class HealthController {
  constructor(
    @Inject(HealthCheckService) private readonly health: HealthCheckService,
    @Inject(HealthIndicatorService) private readonly indicators: HealthIndicatorService,
    @Inject(INSTALLATION) private readonly installation: Installation,
  ) {}

  @Get()
  @HealthCheck()
  check(): Promise<HealthCheckResult> {
    const { store, projections, ledger, recommendations } = this.installation;
    const up = (name: string, facts: Record<string, string | number>) =>
      this.indicators.check(name).up(facts);
    return this.health.check([
      async () => up('events', { position: (await store.head()).toString() }),
      async () => up('projections', { position: (await projections.runner.position()).toString() }),
      () => up('ledger', { entries: ledger.size() }),
      () => up('model', { version: recommendations.servedManifest()?.version ?? 0 }),
    ]);
  }
}
