import { Controller, Get, Header, Inject, Param } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Audited, Roles } from '#platform/http';
import { ConsentExport } from '../consent-export.js';

const JSON_LD = 'application/ld+json';

@ApiTags('standards')
@ApiBearerAuth()
@Controller('v1/subjects')
@Roles('dpo')
export class ConsentExportController {
  constructor(@Inject(ConsentExport) private readonly consents: ConsentExport) {}

  @Get(':subject/consents.jsonld')
  @Audited('consents.export')
  @Header('content-type', JSON_LD)
  @ApiOperation({ summary: 'Consent records of a person, ISO/IEC TS 27560 as JSON-LD (W3C DPV)' })
  @ApiOkResponse({ content: { [JSON_LD]: {} } })
  export(@Param('subject') subject: string): Promise<object> {
    return this.consents.of(subject);
  }
}
