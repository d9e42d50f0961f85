import { Controller, Get, Inject, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { IsIn, IsISO8601, IsOptional, Matches } from 'class-validator';
import type { Response } from 'express';
import type { RegisterView } from '#libs/portal-contract';
import { Roles } from '#platform/http';
import { registerCsv, RegisterDesk } from '../register-desk.js';

const DAY = /^\d{4}-\d{2}-\d{2}$/;

class RegisterQueryDto {
  @ApiPropertyOptional({ description: 'First day, UTC; default: of this year', example: '2026-01-01' })
  @IsOptional()
  @Matches(DAY)
  @IsISO8601({ strict: true })
  from?: string;

  @ApiPropertyOptional({ description: 'Last day, UTC; default: today', example: '2026-12-31' })
  @IsOptional()
  @Matches(DAY)
  @IsISO8601({ strict: true })
  until?: string;

  @ApiPropertyOptional({ enum: ['json', 'csv'], default: 'json' })
  @IsOptional()
  @IsIn(['json', 'csv'])
  format?: 'json' | 'csv';
}

@ApiTags('requests')
@ApiBearerAuth()
@Controller('v1/register')
@Roles('dpo')
export class RegisterController {
  constructor(@Inject(RegisterDesk) private readonly desk: RegisterDesk) {}

  @Get()
  @ApiOperation({ summary: 'Requests by month and kind, for the supervisory authority: counts only' })
  @ApiOkResponse({ content: { 'application/json': {}, 'text/csv': {} } })
  register(
    @Query() { from, until, format }: RegisterQueryDto,
    @Res({ passthrough: true }) response: Response,
  ): RegisterView | string {
    const view = this.desk.of(this.desk.period({ from, until }));
    if (format !== 'csv') return view;
    response.type('text/csv; charset=utf-8');
    response.setHeader(
      'Content-Disposition',
      `attachment; filename="register-${view.from}-${view.until}.csv"`,
    );
    return registerCsv(view);
  }
}
