import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Roles } from '#platform/http';
import { ConsentService } from '../consent-service.js';
import { ConsentDecisionDto, ConsentGrantDto } from './dtos.js';

@ApiTags('ingest')
@ApiBearerAuth()
@Roles('ingest')
@Controller('v1/consents')
export class ConsentsController {
  constructor(@Inject(ConsentService) private readonly consents: ConsentService) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({
    summary:
      'Record consent to one purpose (ISO/IEC TS 27560); a new person is enrolled under a random pseudonym',
  })
  grant(@Body() decision: ConsentGrantDto) {
    return this.consents.grant(decision);
  }

  @Post('withdraw')
  @HttpCode(200)
  @ApiOperation({ summary: 'Withdraw consent to one purpose' })
  withdraw(@Body() decision: ConsentDecisionDto) {
    return this.consents.withdraw(decision);
  }

  @Get(':subject')
  @ApiOperation({ summary: 'The newest consent record of each purpose of a person' })
  list(@Param('subject') subject: string) {
    return this.consents.consentsOf(subject);
  }
}
