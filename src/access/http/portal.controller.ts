import { Controller, Get, Header, Inject } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { PortalConfig } from '#libs/portal-contract';
import { Public } from '#platform/http';

/** What anybody may know of an installation before signing in. */
export interface Portal {
  readonly config: PortalConfig;
  /** Whether a browser's Global Privacy Control withdraws anything here. */
  readonly honoursGpc: boolean;
  /** Day on which that was last changed, ISO 8601. */
  readonly gpcSince: string;
}

export const PORTAL = Symbol('PORTAL');

const AN_HOUR = 'public, max-age=3600';

@ApiTags('portal')
@Public()
@Controller()
export class PortalController {
  constructor(@Inject(PORTAL) private readonly portal: Portal) {}

  @Get('v1/portal/config')
  @ApiOperation({ summary: 'Controller, purposes, languages, ways to sign in' })
  config(): PortalConfig {
    return this.portal.config;
  }

  /** Global Privacy Control §3.2 */
  @Get('.well-known/gpc.json')
  @Header('cache-control', AN_HOUR)
  @ApiOperation({ summary: 'Whether the Global Privacy Control of a browser is honoured' })
  privacyControl(): { gpc: boolean; lastUpdate: string } {
    return { gpc: this.portal.honoursGpc, lastUpdate: this.portal.gpcSince };
  }
}
