import { Controller, Get, Inject, Param } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { VersionView } from '#libs/portal-contract';
import { Roles } from '#platform/http';
import { VersionHistory } from '../version-history.js';

@ApiTags('models')
@ApiBearerAuth()
@Roles('engineer', 'auditor', 'admin')
@Controller('v1/models')
export class HistoryController {
  constructor(@Inject(VersionHistory) private readonly history: VersionHistory) {}

  @Get(':line/history')
  @ApiOperation({ summary: 'Versions of a line and what each has cost, oldest first' })
  @ApiOkResponse({ description: 'The versions' })
  of(@Param('line') line: string): Promise<VersionView[]> {
    return this.history.of(line);
  }
}
